import DeviceCatalog
import DurableSQLite
import Foundation
import Ingest
import Logging
import ServiceLifecycle
import Storage
import StrictYAML
import Telemetry
import UnixSignals

/// One running gateway: session thread, pipeline thread and HTTP, started and stopped in order.
public final class Gateway: Sendable {
  private let configuration: GatewayConfiguration
  private let directory: DataDirectory
  private let services: ServiceGroup
  private let log: Logger
  let monitor: GatewayMonitor

  /// Opens journal and store, and replays what the store has not taken in.
  ///
  /// - Parameter signals: what ends `run`, beside `stop`.
  /// - Throws: `GatewayFailure`, with the exit code for it.
  public init(
    _ configuration: GatewayConfiguration, log: Logger, signals: [UnixSignal] = [.sigterm, .sigint]
  ) throws(GatewayFailure) {
    self.configuration = configuration
    self.log = log
    directory = try DataDirectory(configuration)
    do {
      let files = try CatalogueFiles.forDirectory(configuration.devices)
      let catalogue = try Catalogue(files)
      try configuration.requireLimitedProfiles(in: catalogue)
      if let warning = configuration.enrolmentWarning(for: catalogue) { log.warning("\(warning)") }
      let rules = try configuration.rules(for: catalogue)
      for warning in rules.warnings { log.warning("\(warning)") }
      for kept in try DataRepair.finish(in: configuration.data) {
        log.warning("a repair that was cut off is finished; the damaged file is now \(kept)")
      }
      let shares = configuration.diskShares
      let ballast = Ballast(directory: configuration.data, bytes: shares.ballastBytes)
      if !ballast.isHeld {
        log.error(
          """
          \(ballast.bytes >> 20) MiB cannot be kept free in \(configuration.data), and nothing is read until they are: \
          free some room, or set limits.ballast
          """)
      }
      let room = StartRoom(ballast: ballast, log: log)
      let journal = try room.wait { () throws(DatabaseFailure) in
        try Journal(directory: configuration.data, shares: shares)
      }
      let store = try room.wait { () throws(DatabaseFailure) in
        try Store(
          directory: configuration.data, zone: configuration.timeZone, limits: configuration.storeLimits)
      }
      let pipeline = try StartUp(
        configuration: configuration, catalogue: catalogue, rules: rules.rules, files: files, journal: journal,
        store: store, room: room,
        log: log
      ).makePipeline()
      let ring = configuration.makeRing()
      var settings = try configuration.sessionSettings(for: catalogue)
      // What was heard last is later where the clock was set back while an earlier process ran.
      let position = try store.read { try $0.position() }
      let lastKnown = max(position.checkpointedAt, position.heardAt)
      settings.clockIsUnsure = !ClockCheck(lastKnown: lastKnown).waitUntilRight(log: log)
      let session = Session(
        settings, journal: journal, ballast: ballast, ring: ring, applied: pipeline.applied,
        report: SessionLog(log: log, settings: settings).report)
      let reader = try StoreReader(directory: configuration.data)
      monitor = GatewayMonitor(session: session, pipeline: pipeline, ring: ring, ballast: ballast, reader: reader)
      let commands =
        catalogue.speaksSparkplug
        ? SparkplugCommands(configuration, session, settings: settings, log: log) : nil
      let pipelineLoop = PipelineLoop(
        pipeline, ring: ring, hearing: session.hearing, ballast: ballast,
        checkpointInterval: configuration.pipeline.checkpoint,
        beat: { commands?.beat($0) },
        reportFull: { log.error("the disk is full, ingest waits: \($0)") },
        reportNearlyFull: {
          log.warning(
            """
            the store has \($0.bytes >> 20) MiB of the \($0.limitBytes >> 20) that limits.store_bytes gives it; beyond, the \
            oldest minutes go before windows.retain says, then the oldest hours
            """)
        })
      let reload = CatalogueReload(
        files, catalogue, rules.rules, configuration: configuration, session: session,
        announce: { pipelineLoop.putInForce($0, $1, from: $2) }, log: log)
      // Without rules nobody is called.
      let publisher = configuration.alerts == nil ? nil : BrokerPublisher(settings: settings, log: log)
      let hooks = HookService(
        board: pipeline.alertBoard, mail: pipeline.alertMail, publisher: publisher, reader: reader,
        gateway: configuration.gateway, zone: configuration.timeZone, log: log)
      let writes = RunningWrites(
        reload: reload, audit: pipeline.audit, alerts: pipeline.alertMail, session: session, reader: reader,
        zone: configuration.timeZone,
        largestPayloadBytes: configuration.mqtt.maxPacketBytes)
      let http = try HTTPService(configuration, monitor: monitor, writes: writes, log: log)
      let firstLook = FirstLookService(
        monitor: monitor, catalogue: catalogue, log: log, config: configuration.file)
      // Stopped from the last to the first: commands, session, then hooks, then pipeline, then HTTP.
      var group = ServiceGroupConfiguration(
        services: [
          firstLook,
          ReloadService(writes: writes),
          http,
          PipelineService(loop: pipelineLoop),
          hooks,
          SessionService(session: session),
        ] + ((commands?.clients ?? []) + (publisher.map { [$0.client] } ?? [])).map(CommandService.init),
        gracefulShutdownSignals: signals, logger: log.quiet)
      group.maximumGracefulShutdownDuration = Duration.seconds(5)
      services = ServiceGroup(configuration: group)
    } catch {
      throw Gateway.failure(error)
    }
  }

  /// Runs until a signal or `stop`.
  ///
  /// - Throws: `GatewayFailure`.
  public func run() async throws(GatewayFailure) {
    log.notice("ganglion \(configuration.gateway) runs on \(configuration.data)")
    do {
      try await services.run()
    } catch {
      throw Gateway.failure(error)
    }
    log.notice("ganglion \(configuration.gateway) has stopped")
  }

  /// Lets `run` end: what was read is committed, acknowledged and checkpointed.
  public func stop() async {
    await services.triggerGracefulShutdown()
  }

  /// The port of the HTTP server, once it listens; nil where it cannot.
  public func httpPort() async -> Int? { await monitor.httpPort.value }

  /// What the gateway does, for a live table.
  public var status: GatewayStatus { monitor.status }

  private static func failure(_ error: any Error) -> GatewayFailure {
    switch error {
    case let error as GatewayFailure: error
    case let error as YAMLError: GatewayFailure(.configuration, error.description)
    case let error as DatabaseFailure: GatewayFailure(error)
    default: GatewayFailure(.unavailable, "\(error)")
    }
  }
}

extension GatewayConfiguration {
  var windowLimits: WindowTable.Limits {
    var limits = WindowTable.Limits()
    limits.exactForMicroseconds = windows.exactFor.microseconds
    limits.samplesMax = Int64(windows.samplesMax)
    return limits
  }

  /// Streams take at most half of the connections, so that questions find one.
  var streamLimits: StreamHub.Limits {
    StreamHub.Limits(
      streams: min(limits.streams, max(1, http.connections / 2)), streamsPerToken: limits.streamsPerToken,
      events: limits.streamEvents, questionTime: limits.questionTime)
  }

  var diskShares: DiskShares { DiskShares(directory: data, ballastLimitBytes: Int64(limits.ballastBytes)) }

  var storeLimits: Store.Limits {
    var limits = Store.Limits()
    limits.deadLetters = self.limits.deadLetters
    limits.deadLetterBytes = self.limits.deadLetterBytes
    limits.retention.minutes = windows.retainMinutes
    limits.retention.hours = windows.retainHours
    limits.retention.days = windows.retainDays
    limits.retention.samples = windows.exactFor
    limits.retention.storeBytes = Int64(self.limits.storeBytes)
    limits.checkpoints = CheckpointSchedule(dueBytes: diskShares.walBytes)
    return limits
  }

  /// 256 bytes for each message, or what the largest messages need.
  func makeRing() -> MessageRing {
    let least = max(pipeline.ringCapacity * 256, Session.leastArenaBytes(maxPayloadBytes: mqtt.maxPacketBytes))
    var bytes = 1 << 20
    while bytes < least { bytes *= 2 }
    return MessageRing(capacity: pipeline.ringCapacity, arenaBytes: bytes, trailingBytes: DecoderSet.padding)
  }
}

extension Logger {
  /// For libraries: their lines are for those who look for a fault.
  var quiet: Logger {
    var quiet = self
    if quiet.logLevel > .debug { quiet.logLevel = .error }
    return quiet
  }
}

import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Storage
import Telemetry

/// The HTTP API: on loopback, or with TLS and tokens.
struct HTTPService: NamedService {
  private let http: GatewayConfiguration.HTTP
  private let router: EndpointRouter
  private let desk: QuestionDesk
  private let server: HTTPServerBuilder
  private let monitor: GatewayMonitor
  private let streams: StreamHub
  private let log: Logger

  /// - Throws: `YAMLError` for tokens that cannot be right, `GatewayFailure` for certificates.
  init(_ configuration: GatewayConfiguration, monitor: GatewayMonitor, writes: RunningWrites, log: Logger) throws {
    http = configuration.http
    self.monitor = monitor
    streams = monitor.streams
    self.log = log
    desk = QuestionDesk(monitor.reader, timeLimit: configuration.limits.questionTime)
    let access = try AccessControl(
      tokens: http.tokensFile, requestsPerSecond: configuration.limits.requestsPerToken, log: log)
    let stream = StreamEndpoint(
      monitor.streams, try StoreReader(directory: configuration.data, readers: 1), access: access,
      rules: { writes.reload.rules }, zone: configuration.timeZone, log: log)
    router = EndpointRouter(
      access: access,
      hosts: HostRule(http, hostName: ProcessInfo.processInfo.hostName),
      responder: EndpointResponder(
        configuration: configuration, monitor: monitor, desk: desk, writes: writes, stream: stream))
    let plain = HTTPServerBuilder { APIChannel($0) }
    server = try http.tls.map { try HTTPServerBuilder.tls(plain, tlsConfiguration: $0.serverConfiguration()) } ?? plain
  }

  func run() async throws {
    defer { monitor.httpPort.fulfil(nil) }
    let application = Application(
      router: router.router, server: server,
      configuration: ApplicationConfiguration(
        address: .hostname(http.host, port: http.port), serverName: "ganglion",
        availableConnectionsDelegate: .maximum(http.connections, logger: log.quiet)),
      onServerRunning: { [monitor, log, http] channel in
        let port = channel.localAddress?.port ?? http.port
        log.notice("the API listens on \(http.url(port: port))")
        monitor.httpPort.fulfil(port)
      },
      logger: log.quiet)
    desk.open()
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(
        try await withGracefulShutdownHandler {
          try await application.run()
        } onGracefulShutdown: { [streams] in
          streams.end()
        })
    } catch {
      outcome = .failure(error)
    }
    await desk.close()
    do {
      try outcome.get()
    } catch {
      // A stop that comes while the server starts is no fault of its address.
      if Task.isShuttingDownGracefully { return }
      throw GatewayFailure(
        .unavailable,
        "http.listen \(http.host):\(http.port): \(reason(error)); set another address, or end what uses this one")
    }
  }

  private func reason(_ error: any Error) -> String {
    (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
  }
}

extension GatewayConfiguration.HTTP.TLS {
  /// - Throws: `GatewayFailure` that names the file.
  fileprivate func serverConfiguration() throws(GatewayFailure) -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    do {
      chain = try NIOSSLCertificate.fromPEMFile(certFile)
    } catch {
      throw GatewayFailure(.configuration, "\(certFile): no certificate in PEM form: \(error)")
    }
    let key: NIOSSLPrivateKey
    do {
      key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
    } catch {
      throw GatewayFailure(.configuration, "\(keyFile): no private key in PEM form: \(error)")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    do {
      _ = try NIOSSLContext(configuration: configuration)
    } catch {
      throw GatewayFailure(.configuration, "\(keyFile): is not the key of \(certFile): \(error)")
    }
    return configuration
  }
}

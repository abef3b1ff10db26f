import Alerting
import Glibc
import NIOHTTP1
import NIOSSL
import Telemetry

/// Calls webhooks: POST of the call's document, or of an Alertmanager message, with the call's id as `Idempotency-Key`.
///
/// 2xx is done. A redirect, or another 4xx than those below, is final. 5xx uses a retry up. No connection, no complete
/// answer in time, 408, 425, 429, 502, 503 and 504 mean that the receiver is away; a `Retry-After` of up to an hour holds
/// the hook's calls back. An answer counts once it is complete, or fills what is kept of it.
///
/// The time limit is for all of it: look-up, connection, request, answer. At most `mostAddresses` of a name's addresses
/// are tried, and only while no connection has come to be. No proxy is used.
public struct WebhookRunner: Sendable {
  private static let mostAddresses = 3

  private let lookUp: @Sendable (String) async throws -> [HostAddress]
  private let now: @Sendable () -> Timestamp

  public init() {
    let lookup = HostLookup()
    self.init(lookUp: { try await lookup.addresses(of: $0) }, now: { HookClock.wall })
  }

  init(
    lookUp: @escaping @Sendable (String) async throws -> [HostAddress],
    now: @escaping @Sendable () -> Timestamp = { HookClock.wall }
  ) {
    self.lookUp = lookUp
    self.now = now
  }

  /// Runs until the answer is there; ends soon when the task is cancelled.
  public func run(_ target: WebhookTarget, _ call: HookCall, limit: Duration) async -> HookOutcome {
    let startedAt = ContinuousClock.now
    let end = await withinLimit(limit) { await answer(target, call, until: startedAt + limit) }
    let (result, output): (HookOutcome.Result, [UInt8]) =
      switch end {
      case .value(let answer): answer
      case .timedOut: (.failed(Self.timeout(target, limit)), [])
      case .interrupted: (.interrupted, [])
      }
    return HookOutcome(
      Task.isCancelled && result != .done ? .interrupted : result, duration: .now - startedAt, output: output)
  }

  private static func timeout(_ target: WebhookTarget, _ limit: Duration) -> HookFailure {
    let host = (try? WebhookURL(target.url))?.host ?? "the receiver"
    return HookFailure(.timeout, "\(host) has not answered to the end within \(limit.text)", .away)
  }

  private func answer(
    _ target: WebhookTarget, _ call: HookCall, until deadline: ContinuousClock.Instant
  ) async -> (HookOutcome.Result, [UInt8]) {
    do {
      let url = try Self.url(target)
      let headers = try Self.headers(target, call)
      let body = try Self.body(target, call)
      let authorities = try target.caFile.map(Self.authorities)
      let addresses = try await checked(url, target)
      var failure = HookFailure(.lookup, "\(url.host) has no address", .away)
      for (index, address) in addresses.enumerated() {
        let exchange = WebhookExchange(
          url: url, address: address, headers: headers, body: body, authorities: authorities, now: now)
        let limit = max(deadline - .now, .milliseconds(1))
        switch await exchange.run(connectLimit: limit / (addresses.count - index), limit: limit) {
        case .unreachable(let reason): failure = reason
        case .ended(let result, let output): return (result, output)
        }
      }
      return (.failed(failure), [])
    } catch let failure as HookFailure {
      return (.failed(failure), [])
    } catch {
      return (.interrupted, [])
    }
  }

  // MARK: Parts of a request

  private static func url(_ target: WebhookTarget) throws(HookFailure) -> WebhookURL {
    do throws(WebhookURL.Malformed) {
      return try WebhookURL(target.url)
    } catch {
      throw HookFailure(.declaration, error.message, .final)
    }
  }

  private static func headers(_ target: WebhookTarget, _ call: HookCall) throws(HookFailure) -> HTTPHeaders {
    var headers: HTTPHeaders = ["User-Agent": "ganglion"]
    if let file = target.headersFile {
      for (name, value) in try SecretHeaders.read(file) { headers.replaceOrAdd(name: name, value: value) }
    }
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "Idempotency-Key", value: call.id)
    return headers
  }

  private static func body(_ target: WebhookTarget, _ call: HookCall) throws(HookFailure) -> [UInt8] {
    switch target.format {
    case .json: return call.document
    case .alertmanager:
      do {
        return try call.alerts.alertmanagerMessage(receiver: call.hook)
      } catch {
        throw HookFailure(.message, "the alerts cannot be written as JSON: \(error)", .final)
      }
    }
  }

  private static func authorities(_ file: String) throws(HookFailure) -> [NIOSSLCertificate] {
    let certificates = try? NIOSSLCertificate.fromPEMFile(file)
    guard let certificates, !certificates.isEmpty else {
      throw HookFailure(.authorities, "\(file) cannot be read as certificates in PEM form", .failed)
    }
    return certificates
  }

  // MARK: Addresses

  /// The addresses that may be called.
  private func checked(_ url: WebhookURL, _ target: WebhookTarget) async throws -> [HostAddress] {
    var refusal: HookFailure?
    let allowed = try await lookUp(url.host).filter { address in
      guard let reason = Self.refusal(of: address, target) else { return true }
      refusal = refusal ?? HookFailure(.address, "\(url.host) is \(address.text), \(reason)", .failed)
      return false
    }
    if allowed.isEmpty, let refusal { throw refusal }
    return Array(allowed.prefix(Self.mostAddresses))
  }

  private static func refusal(of address: HostAddress, _ target: WebhookTarget) -> String? {
    switch address.place {
    case .world: nil
    case .private(let kind): target.allowsPrivate ? nil : "\(kind), which 'allow_private: true' allows"
    case .never(let kind): "\(kind), which is never called"
    }
  }
}

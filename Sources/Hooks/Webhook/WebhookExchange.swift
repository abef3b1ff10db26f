import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import Telemetry

/// One request to one address, on a connection of its own, and what its answer means.
///
/// Invariants
/// - The connection is made to the address that was checked, and its other end is compared with that address before a
///   byte of the request is sent. The certificate has to be that of the host in the URL, by its name where it is one.
/// - No redirect is followed, and of the answer's body no more is read than an outcome keeps.
struct WebhookExchange {
  enum End {
    /// No connection came to be; another address may have one.
    case unreachable(HookFailure)
    case ended(HookOutcome.Result, output: [UInt8])
  }

  /// The other end is not who was checked.
  private struct OtherPeer: Error {}
  private struct OtherName: Error {}

  let url: WebhookURL
  let address: HostAddress
  let headers: HTTPHeaders
  let body: [UInt8]
  /// Instead of the system's authorities.
  let authorities: [NIOSSLCertificate]?
  let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - connectLimit: for the connection and its encryption.
  ///   - limit: for all of it. The caller keeps it, by cancelling the task; the client is left a little longer.
  func run(connectLimit: Duration, limit: Duration) async -> End {
    let isConnected = Flag()
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: configuration(connectLimit, isConnected))
    let end: End
    do {
      var request = HTTPClientRequest(url: url.text)
      request.method = .POST
      request.headers = headers
      request.body = .bytes(ByteBuffer(bytes: body))
      let response = try await client.execute(request, timeout: .microseconds(limit.microseconds) + .seconds(1))
      end = await read(response)
    } catch {
      let failure = failure(error, isConnected: isConnected.isSet)
      end = isConnected.isSet ? .ended(.failed(failure), output: []) : .unreachable(failure)
    }
    // Closes what is still open.
    try? await client.shutdown()
    return end
  }

  private func configuration(_ connectLimit: Duration, _ isConnected: Flag) -> HTTPClient.Configuration {
    var security = TLSConfiguration.makeClientConfiguration()
    security.minimumTLSVersion = .tlsv12
    if let authorities { security.trustRoots = .certificates(authorities) }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: security, redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .microseconds(connectLimit.microseconds)))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.dnsOverride = [url.host: address.text]
    // The last step before the connection is used, for all its name.
    configuration.http1_1ConnectionDebugInitializer = { [url, address] channel in
      let checked =
        channel.remoteAddress?.ipAddress.flatMap({ HostAddress($0) }) == address
        ? Self.checkName(url, channel) : channel.eventLoop.makeFailedFuture(OtherPeer())
      checked.whenSuccess { isConnected.set() }
      // The client lets go of a connection that is not to be used, and does not close it.
      checked.whenFailure { _ in channel.close(promise: nil) }
      return checked
    }
    return configuration
  }

  /// Succeeds where nothing is secured, too.
  private static func checkName(_ url: WebhookURL, _ channel: any Channel) -> EventLoopFuture<Void> {
    guard url.isSecured, HostAddress(url.host) == nil else { return channel.eventLoop.makeSucceededVoidFuture() }
    return channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
      guard let certificate, CertificateNames.include(url.host, certificate) else { throw OtherName() }
    }
  }

  // MARK: The answer

  private func read(_ response: HTTPClientResponse) async -> End {
    var output: [UInt8] = []
    var cut: (any Error)?
    do {
      for try await part in response.body {
        output += part.readableBytesView.prefix(HookOutcome.mostOutputBytes - output.count)
        if output.count == HookOutcome.mostOutputBytes { break }
      }
    } catch {
      cut = error
    }
    let result = result(response)
    // Who breaks off has perhaps not done it.
    if result == .done, let cut { return .ended(.failed(failure(cut, isConnected: true)), output: output) }
    return .ended(result, output: output)
  }

  private func result(_ response: HTTPClientResponse) -> HookOutcome.Result {
    let status = response.status
    let said = "\(url.host) answered \(status.code)\(status.reasonPhrase.isEmpty ? "" : " \(status.reasonPhrase)")"
    let retryAfter = RetryAfter.span(
      response.headers.first(name: "Retry-After"), date: response.headers.first(name: "Date"), now: now())
    switch status.code {
    case 200..<300: return .done
    case 300..<400:
      return .failed(HookFailure(.redirect, "\(said); redirects are not followed, name the final URL", .final))
    // Asked for time, or a server between that has nobody behind it.
    case 408, 425, 429, 502, 503, 504: return .failed(HookFailure(.status, said, .away, retryAfter: retryAfter))
    case 500...: return .failed(HookFailure(.status, said, .failed, retryAfter: retryAfter))
    default: return .failed(HookFailure(.status, said, .final))
    }
  }

  // MARK: Failures

  private func failure(_ error: any Error, isConnected: Bool) -> HookFailure {
    let place = "\(url.host) (\(address.text) port \(url.port))"
    let known = error as? HTTPClientError
    if error is OtherPeer { return HookFailure(.address, "\(place) led to another address", .failed) }
    if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError || known == .tlsHandshakeTimeout {
      return HookFailure(.tls, "\(place) has no secured connection that can be trusted: \(error)", .away)
    }
    if error is OtherName {
      return HookFailure(.tls, "\(place) has a certificate for another name", .away)
    }
    if let error = error as? HTTPParserError, error != .invalidEOFState {
      return HookFailure(.message, "\(place) does not answer in HTTP: \(error)", .failed)
    }
    if known == .connectTimeout {
      return HookFailure(.connect, "\(place) takes no connection within its time", .away)
    }
    if known == .deadlineExceeded { return HookFailure(.timeout, "\(place) has not answered in time", .away) }
    let said = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    return isConnected
      ? HookFailure(.closed, "\(place) closed the connection before its answer was complete: \(said)", .away)
      : HookFailure(.connect, "\(place) takes no connection: \(said)", .away)
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)

    func set() { value.store(true, ordering: .releasing) }
    var isSet: Bool { value.load(ordering: .acquiring) }
  }
}

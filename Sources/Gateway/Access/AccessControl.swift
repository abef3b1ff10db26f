import Foundation
import Glibc
import Logging
import StrictYAML
import Synchronization
import Telemetry

/// Decides who asks: by the token that a request shows, where the configuration names a file of tokens.
///
/// The file is looked at again when it has changed, at most once a second, so that a token that is taken out ends
/// without a restart. Where it cannot be read then, those that were read last go on.
final class AccessControl: Sendable {
  /// Why a request is turned away.
  enum Denial: Error, Equatable {
    case missing
    case unknown
    case tooMany(retryAfterSeconds: Int)
  }

  private struct State {
    var table: TokenTable
    var version: FileVersion?
    var lookedAt: ContinuousClock.Instant
    var rate: RequestRate
  }

  /// What of a file changes when it is written.
  private struct FileVersion: Equatable {
    let inode: UInt64
    let seconds: Int
    let nanoseconds: Int
    let size: Int

    init?(_ path: String) {
      var found = stat()
      guard stat(path, &found) == 0 else { return nil }
      inode = UInt64(found.st_ino)
      seconds = found.st_mtim.tv_sec
      nanoseconds = found.st_mtim.tv_nsec
      size = Int(found.st_size)
    }
  }

  private let path: String?
  private let log: Logger
  private let state: Mutex<State>

  private static let longestUnseen = Duration.seconds(1)

  /// - Parameter path: of the tokens' file; nil where everybody who reaches the server may ask.
  /// - Throws: `YAMLError`.
  init(tokens path: String?, requestsPerSecond: Int, log: Logger) throws(YAMLError) {
    self.path = path
    self.log = log
    let version = path.flatMap { FileVersion($0) }
    let table = try path.map { path throws(YAMLError) in try TokenTable(TextFile.read(path), file: path) }
    state = Mutex(
      State(
        table: table ?? TokenTable(), version: version, lookedAt: .now,
        rate: RequestRate(perSecond: requestsPerSecond)))
  }

  /// - Parameter authorization: the request's header field; nil without one.
  func caller(_ authorization: String?) throws(Denial) -> Caller {
    guard let path else { return .owner }
    guard let secret = authorization.flatMap(Self.bearer) else { throw .missing }
    let now = ContinuousClock.now
    let outcome: Result<Caller, Denial> = state.withLock { state in
      refresh(&state, path, at: now)
      guard let caller = state.table.caller(showing: secret, at: .now), let name = caller.name else {
        return .failure(.unknown)
      }
      if let seconds = state.rate.take(name, at: now) { return .failure(.tooMany(retryAfterSeconds: seconds)) }
      return .success(caller)
    }
    return try outcome.get()
  }

  /// Whether a caller that was let in may still ask, as who it was then; this is no request.
  func admits(_ authorization: String?, as caller: Caller) -> Bool {
    guard let path else { return true }
    guard let secret = authorization.flatMap(Self.bearer) else { return false }
    return state.withLock { state in
      refresh(&state, path, at: .now)
      return state.table.caller(showing: secret, at: .now) == caller
    }
  }

  private static func bearer(_ field: String) -> TokenSecret? {
    let words = field.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return TokenSecret(String(words[1]))
  }

  private func refresh(_ state: inout State, _ path: String, at now: ContinuousClock.Instant) {
    guard now - state.lookedAt >= Self.longestUnseen else { return }
    state.lookedAt = now
    let version = FileVersion(path)
    guard version != state.version else { return }
    state.version = version
    do {
      state.table = try TokenTable(TextFile.read(path), file: path)
      log.notice("\(path): read again, \(state.table.tokens.count) tokens")
    } catch {
      log.error("the tokens that were read last go on: \(error)")
    }
  }
}

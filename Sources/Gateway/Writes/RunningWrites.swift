import Foundation
import Ingest
import Storage
import Telemetry

/// Does what is asked for in a gateway that runs.
struct RunningWrites: Sendable {
  let reload: CatalogueReload
  let audit: AuditLog
  let alerts: AlertMail
  let session: Session
  let reader: StoreReader
  let zone: TimeZone
  let largestPayloadBytes: Int

  /// How long a checkpoint that takes letters in is waited for.
  private static let patience = Duration.seconds(30)

  /// Does it, once it is written down who asked for it.
  ///
  /// - Parameter address: of the machine that asks; nil for this one.
  /// - Returns: the answer, as JSON.
  /// - Throws: `AuditLog.IsLate`, `QueryError`, `YAMLError`, `CatalogueReload.IsBusy`, `DatabaseFailure`.
  func perform(_ request: WriteRequest, by caller: Caller, at address: String?) async throws -> Data {
    try await audit.record(request, by: caller, at: address) {
      switch request {
      case .reload: try Answer.json(await reload.reload())
      case .replayLetters(let parameters): try Answer.json(await replay(parameters, caller.scope))
      case .acknowledge(let id, let parameters):
        try await acknowledge(id, parameters, caller)
      case .silence(let parameters):
        try await alerts.post(AlertWrites.silence(parameters, by: caller, zone: zone, now: .now))
      case .endSilence(let id): try await alerts.post(AlertWrites.endSilence(id, by: caller))
      }
    }
  }

  private func acknowledge(_ id: String, _ parameters: QueryParameters, _ caller: Caller) async throws -> Data {
    _ = try await alerts.post(AlertWrites.acknowledgement(of: id, parameters, by: caller))
    return try await reader.read { [rules = reload.rules, zone] snapshot in
      try AlertWrites.alert(id, snapshot, caller.scope, rules, zone: zone)
    }
  }

  private func replay(_ parameters: QueryParameters, _ scope: TagScope) async throws -> LetterReplayReport {
    let last = Shared(UInt64(0))
    return try await LetterReplay(
      parameters, scope, reload.catalogue, largestPayloadBytes: largestPayloadBytes, reader: reader,
      journal: { letters in
        let sequence = try await session.replay(letters)
        last.update { $0 = sequence }
      },
      settle: {
        let deadline = ContinuousClock.now + Self.patience
        while session.applied.sequence < last.value, ContinuousClock.now < deadline {
          try await Task.sleep(for: .milliseconds(20))
        }
        return session.applied.sequence >= last.value
      }
    ).run()
  }
}

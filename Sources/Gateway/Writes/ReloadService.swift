import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP.
struct ReloadService: NamedService {
  let writes: RunningWrites

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in await UnixSignalsSequence(trapping: .sighup) {
        // What is wrong stands in the log.
        _ = try? await writes.perform(.reload, by: Caller(name: "SIGHUP", role: .admin, scope: .whole), at: nil)
      }
    }
    try? await gracefulShutdown()
  }
}

import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP.
struct ReloadService: NamedService {
  let reload: CatalogueReload

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in await UnixSignalsSequence(trapping: .sighup) {
        // What is wrong stands in the log.
        _ = try? await reload.reload()
      }
    }
    try? await gracefulShutdown()
  }
}

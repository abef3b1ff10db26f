import UnixSignals

/// Ctrl-C, SIGTERM and a closed terminal, caught from the moment this is made, so that one that comes early is not lost.
struct StopSignals: Sendable {
  private let signals: UnixSignalsSequence

  init() async {
    signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
  }

  /// Waits for a signal, for the end of a span, or for the end of one of two tasks, whichever comes first.
  func wait<First: Sendable, Second: Sendable>(
    atMost limit: Duration? = nil, orEndOf first: Task<First, any Error>, or second: Task<Second, any Error>
  ) async {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let watchers = [
      Task {
        _ = await first.result
        end.finish()
      },
      Task {
        _ = await second.result
        end.finish()
      },
      Task { [signals] in
        for await _ in signals { break }
        end.finish()
      },
      Task {
        guard let limit, (try? await Task.sleep(for: limit)) != nil else { return }
        end.finish()
      },
    ]
    for await _ in ends {}
    for watcher in watchers { watcher.cancel() }
  }
}

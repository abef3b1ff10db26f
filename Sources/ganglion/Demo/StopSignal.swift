import UnixSignals

/// Waits for Ctrl-C or SIGTERM, for the end of a span, or for the end of a task, whichever comes first.
func waitForStopSignal(atMost limit: Duration?, orEndOf task: Task<Void, any Error>) async {
  await withTaskGroup(of: Void.self) { group in
    group.addTask {
      for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
    }
    if let limit { group.addTask { try? await Task.sleep(for: limit) } }
    let ended = AsyncStream<Void> { stream in
      Task {
        _ = await task.result
        stream.finish()
      }
    }
    group.addTask { for await _ in ended {} }
    await group.next()
    group.cancelAll()
  }
}

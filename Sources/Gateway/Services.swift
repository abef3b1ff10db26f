import Foundation
import Ingest
import ServiceLifecycle

/// A part that runs for as long as the gateway does. The group of them writes each out when it is made: without a name
/// that would be all that it holds, and of a catalogue a hundred thousand devices, for seconds.
protocol NamedService: Service, CustomStringConvertible {}

extension NamedService {
  var description: String { "\(Self.self)" }
}

/// The session on its thread. A graceful stop lets it commit and acknowledge what it has read.
struct SessionService: NamedService {
  let session: Session

  func run() async throws {
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await onThread(named: "session") { try session.run() }
      } onGracefulShutdown: {
        session.stop()
      }
    } onCancel: {
      session.abandon()
    }
  }
}

/// The pipeline on its thread. Its turn to stop comes when the session has ended: with an empty ring and a checkpoint.
struct PipelineService: NamedService {
  let loop: PipelineLoop

  func run() async throws {
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await onThread(named: "pipeline") { try loop.run() }
      } onGracefulShutdown: {
        loop.drain()
      }
    } onCancel: {
      loop.abandon()
    }
  }
}

/// A client for commands on its thread. It stops first: it says that the gateway goes while the session is there.
struct CommandService: NamedService {
  let client: CommandClient

  func run() async throws {
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await onThread(named: "commands") { client.run() }
      } onGracefulShutdown: {
        client.stop()
      }
    } onCancel: {
      client.stop()
    }
  }
}

/// Runs blocking work on a thread of its own.
private func onThread(named name: String, _ work: @escaping @Sendable () throws -> Void) async throws {
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
    let thread = Thread {
      continuation.resume(with: Result { try work() })
    }
    thread.name = name
    thread.stackSize = 1 << 20
    thread.start()
  }
}

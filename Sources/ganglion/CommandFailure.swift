import ArgumentParser
import DurableSQLite
import Foundation
import Gateway
import StrictYAML

/// Writes one line about an error to standard error and gives the exit code for it (sysexits.h).
func exitCode(for error: any Error) -> ExitCode {
  switch error {
  case let error as ExitCode: return error
  case let error as GatewayFailure: return explain(error.description, ExitCode(error.code.rawValue))
  case let error as DatabaseFailure: return explain(error.description, .inputOutput)
  case let error as YAMLError: return explain(error.description, .configuration)
  case let error as BrokerURL.Malformed: return explain(error.description, .usage)
  case let error as QueryError: return explain(error.description, error.isNotFound ? .unavailable : .usage)
  default: return explain("\(error)", .unavailable)
  }
}

/// Writes a line to standard error.
func explain(_ message: String, _ code: ExitCode) -> ExitCode {
  FileHandle.standardError.write(Data("ganglion: \(message)\n".utf8))
  return code
}

extension ExitCode {
  static let usage = ExitCode(64)
  static let badData = ExitCode(65)
  static let unavailable = ExitCode(69)
  static let inputOutput = ExitCode(74)
  static let configuration = ExitCode(78)
}

/// Runs a command's work; what it throws becomes a line and an exit code.
func reporting<Value>(_ work: () async throws -> Value) async throws -> Value {
  do {
    return try await work()
  } catch {
    throw exitCode(for: error)
  }
}

import Foundation
import Simulator

/// The `ganglion` executable of this build, as a process.
public final class GanglionProcess: Sendable {
  public let process: ChildProcess
  private let outputFile: String
  private let errorFile: String

  /// The executable stands beside the test bundle.
  public static let executable: String = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let besideBundle = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("ganglion").path
    if FileManager.default.isExecutableFile(atPath: besideBundle) { return besideBundle }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("ganglion").path
  }()

  /// - Parameter environment: variables beside those of this process.
  public init(_ arguments: [String], in scratch: ScratchDirectory, environment: [String: String] = [:]) throws {
    let name = UUID().uuidString
    outputFile = "\(scratch.path)/\(name).out"
    errorFile = "\(scratch.path)/\(name).err"
    process = try ChildProcess(
      Self.executable, arguments, output: outputFile, errors: errorFile, environment: environment)
  }

  public var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
  public var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

  /// Runs a command to its end.
  public static func run(
    _ arguments: [String], in scratch: ScratchDirectory, within limit: Duration = .seconds(60)
  ) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    let command = try GanglionProcess(arguments, in: scratch)
    let ending = command.process.wait(atMost: limit)
    return (ending, command.output, command.errors)
  }
}

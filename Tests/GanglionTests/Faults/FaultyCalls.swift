import Foundation
import TestSupport

/// What the library in `CFaultyCalls` is told by its environment.
struct FaultyCalls: CustomStringConvertible {
  enum Call: String { case open, read, write, sync, truncate, rename }

  enum Fault {
    case error(Int32)
    case delay(milliseconds: Int)
  }

  let call: Call
  /// The end of the file's name.
  let name: String
  /// So many such calls pass, then so many have the fault.
  var after = 0
  var count = 1
  var fault = Fault.error(EIO)

  var description: String { "\(call) of \(name) behind \(after)" }

  private var rule: String {
    let fault =
      switch fault {
      case .error(let number): "\(number)"
      case .delay(let milliseconds): "sleep=\(milliseconds)"
      }
    return "\(call.rawValue):\(name):\(after):\(count):\(fault)"
  }

  /// Of a process that has all of them.
  static func environment(_ faults: [FaultyCalls]) -> [String: String] {
    ["LD_PRELOAD": library, "FAULTY_CALLS": faults.map(\.rule).joined(separator: ";")]
  }

  /// It stands beside the executable.
  static let library = URL(fileURLWithPath: GanglionProcess.executable).deletingLastPathComponent()
    .appendingPathComponent("libFaultyCalls.so").path
}

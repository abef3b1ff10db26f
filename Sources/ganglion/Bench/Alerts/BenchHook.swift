import Foundation
import Glibc

/// A script that notes when it starts, and when it has ended.
struct BenchHook {
  /// One line of its notes.
  struct Note: Equatable {
    enum Moment: String { case started, ended }

    let moment: Moment
    /// Since 1970.
    let microseconds: Int64
    let device: String
    let state: String
  }

  let name: String
  /// On which it is called.
  let metric: String
  /// Between its start and its end.
  var seconds = 0.0

  /// - Returns: what stands in the file of rules.
  func declaration(in directory: String) throws -> String {
    let path = "\(directory)/\(name).sh"
    // The shell's own words alone: another program would be measured too.
    let note = { (moment: Note.Moment) in
      #"echo "\#(moment) $EPOCHREALTIME $GANGLION_DEVICE $GANGLION_STATE" >> '\#(directory)/\#(name).notes'"#
    }
    let work = seconds > 0 ? "sleep \(seconds)\n" : ""
    try "#!/bin/bash\n\(note(.started))\n\(work)\(note(.ended))\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    guard chmod(path, 0o755) == 0 else { throw explain("\(path) cannot be made executable", .inputOutput) }
    return #"{ exec: ["\#(path)"], concurrency: 16, rate: 6000, timeout: 60s }"#
  }

  /// What its runs have noted so far.
  func notes(in directory: String) -> [Note] {
    let text = (try? String(contentsOfFile: "\(directory)/\(name).notes", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, let moment = Note.Moment(rawValue: words[0]),
        let microseconds = Int64(words[1].filter(\.isNumber))
      else { return nil }
      return Note(moment: moment, microseconds: microseconds, device: words[2], state: words[3])
    }
  }
}

import Foundation
import Glibc

/// A look at the processes of this machine.
enum Processes {
  /// Those that are alive and have a word among their arguments.
  static func alive(with word: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { process in
      guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
      return line.split(separator: 0).contains { $0.elementsEqual(word.utf8) }
    }
  }

  /// Children of this process that have ended and were not reaped.
  static func zombies() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { process in
      guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
      let words = String(decoding: data, as: UTF8.self).split(separator: ") ").last?.split(separator: " ") ?? []
      return words.count > 1 && words[0] == "Z" && words[1] == "\(getpid())"
    }
  }

  static func openDescriptors() -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count
  }

  /// Memory that is in use and not of files, in bytes.
  static func residentBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  /// A span in seconds that no other process sleeps, to find those that do.
  static func uniqueSpan() -> String { "86400.\(UInt32.random(in: 100_000...999_999_999))" }
}

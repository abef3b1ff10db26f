import Foundation
import Glibc

/// What one run of a subject measured of itself.
struct BenchMeasure: Codable {
  /// From the first message (of the gateway: its first commit) to the last one counted, or in the store.
  var seconds: Double
  /// User and system, from before the connection on.
  var cpuSeconds: Double
  var messages: Int
  var peakMemoryBytes: Int
  var diskBytes: Int
  /// Of a start: until the first new message is in the journal.
  var secondsToFirstMessage: Double?

  var rate: Double { Double(messages) / seconds }
  var cpuPerMessage: Double { cpuSeconds / Double(messages) * 1e6 }
  var diskBytesPerMessage: Double { Double(diskBytes) / Double(messages) }

  /// The median of each figure.
  static func median(_ all: [BenchMeasure]) -> BenchMeasure {
    BenchMeasure(
      seconds: ganglion.median(all.map(\.seconds)), cpuSeconds: ganglion.median(all.map(\.cpuSeconds)),
      messages: all[0].messages, peakMemoryBytes: Int(ganglion.median(all.map { Double($0.peakMemoryBytes) })),
      diskBytes: Int(ganglion.median(all.map { Double($0.diskBytes) })))
  }
}

/// The middle one, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// The smallest value that at least so many percent are not above.
func percentile(_ percent: Int, of sorted: [Double]) -> Double {
  sorted[(sorted.count * percent + 99) / 100 - 1]
}

/// What this process has used so far.
struct ProcessUsage {
  let cpuSeconds: Double
  let peakMemoryBytes: Int
  let diskBytes: Int

  static var now: ProcessUsage {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    return ProcessUsage(cpuSeconds: user + system, peakMemoryBytes: peakResidentBytes, diskBytes: writtenBytes)
  }

  /// `VmHWM` of proc(5): getrusage's figure begins with that of the process that started this one.
  private static var peakResidentBytes: Int {
    counter("VmHWM:", in: "/proc/self/status") * 1024
  }

  /// Bytes that this process caused to be sent to the disk: `write_bytes` of proc(5).
  private static var writtenBytes: Int {
    counter("write_bytes:", in: "/proc/self/io")
  }

  /// The number behind a name; 0 where there is none.
  static func counter(_ name: String, in file: String) -> Int {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { Int($0.dropFirst(name.count).filter(\.isNumber)) } ?? 0
  }

  func measure(since before: ProcessUsage, messages: Int, seconds: Double) -> BenchMeasure {
    BenchMeasure(
      seconds: seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, messages: messages,
      peakMemoryBytes: peakMemoryBytes, diskBytes: diskBytes - before.diskBytes)
  }
}

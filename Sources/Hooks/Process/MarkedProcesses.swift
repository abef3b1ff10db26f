import CLinux
import Glibc

/// The processes that have a mark in the environment they were executed with.
///
/// Finds those that have left their process group, or their parents, for as long as they carry the environment on. Only
/// processes whose environment this user may read are looked at, and so only those that it may end.
///
/// To read the environment of every process of a machine takes longer than most hooks. The kernel gives numbers in
/// their order, so that what a run has started stands between its leader and the last number given. Where so much was
/// started meanwhile that the numbers may have gone round, all are looked at.
struct MarkedProcesses {
  /// A variable and its value, which no other run has.
  private let mark: [UInt8]
  /// Processes and threads that the machine had started before the run; nil where nobody knows.
  private let startedBefore: Int?

  private static let mostRounds = 50
  private static let mostBytes = 1 << 20
  /// The kernel has 301 numbers at least.
  private static let numbersAtLeast = 250

  /// To be made before the run begins.
  init(_ mark: String) {
    self.mark = Array(mark.utf8)
    startedBefore = Self.startedCount()
  }

  /// - Parameter leader: whose group has been killed.
  func end(behind leader: pid_t) {
    // One that is being forked while others are ended is found in the next round.
    for _ in 0..<Self.mostRounds where endOnce(leader) > 0 { usleep(1000) }
  }

  private func endOnce(_ leader: pid_t) -> Int {
    var buffer = [UInt8](repeating: 0, count: 16384)
    var count = 0
    for process in candidates(leader) where carriesMark(process, &buffer) {
      // Opened before the second look: what is ended is what was looked at, whoever gets its number.
      let descriptor = linux_process_descriptor(process)
      guard descriptor >= 0 else { continue }
      if carriesMark(process, &buffer), linux_signal(descriptor, SIGKILL) == 0 { count += 1 }
      close(descriptor)
    }
    return count
  }

  private func candidates(_ leader: pid_t) -> [pid_t] {
    let all = Self.all()
    guard let startedBefore, let last = Self.lastNumber(), let started = Self.startedCount(),
      started - startedBefore < Self.numbersAtLeast
    else { return all }
    return all.filter { leader <= last ? $0 > leader && $0 <= last : $0 > leader || $0 <= last }
  }

  private static func all() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    let own = getpid()
    var processes: [pid_t] = []
    while let entry = readdir(directory) {
      let number = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { pid_t(String(cString: $0)) }
      }
      if let number, number != own { processes.append(number) }
    }
    return processes
  }

  /// The number that was given last: the last field of /proc/loadavg in proc(5).
  private static func lastNumber() -> pid_t? {
    words(of: "/proc/loadavg")?.last.flatMap { pid_t($0.filter(\.isNumber)) }
  }

  /// Processes and threads that were started since the machine was: `processes` of /proc/stat in proc(5).
  private static func startedCount() -> Int? {
    guard let words = words(of: "/proc/stat"), let place = words.lastIndex(of: "processes"), place + 1 < words.count
    else { return nil }
    return Int(words[place + 1].filter(\.isNumber))
  }

  private static func words(of path: String) -> [Substring]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 65536)
    var filled = 0
    while filled < text.count {
      let count = text.withUnsafeMutableBytes { read(file, $0.baseAddress! + filled, $0.count - filled) }
      guard count > 0 else { break }
      filled += count
    }
    return String(decoding: text[..<filled], as: UTF8.self).split(whereSeparator: \.isWhitespace)
  }

  private func carriesMark(_ process: pid_t, _ buffer: inout [UInt8]) -> Bool {
    let file = open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var filled = 0
    while filled < Self.mostBytes {
      if filled == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
      let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress! + filled, $0.count - filled) }
      guard count > 0 else { break }
      filled += count
    }
    return buffer.withUnsafeBytes { holdsMark(UnsafeRawBufferPointer(rebasing: $0[..<filled])) }
  }

  /// - Parameter environment: variables, each with a zero behind it.
  private func holdsMark(_ environment: UnsafeRawBufferPointer) -> Bool {
    guard let base = environment.baseAddress else { return false }
    var place = 0
    while place < environment.count {
      let zero = memchr(base + place, 0, environment.count - place)
      let end = zero.map { UnsafeRawPointer($0) - base } ?? environment.count
      if end - place == mark.count, memcmp(base + place, mark, mark.count) == 0 { return true }
      place = end + 1
    }
    return false
  }
}

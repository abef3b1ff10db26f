import CLinux
import Glibc

/// The processes that have a mark in the environment they were executed with.
///
/// Finds those that have left their process group, or their parents, for as long as they carry the environment on. Only
/// processes whose environment this user may read are looked at, and so only those that it may end.
///
/// To read the environment of every process of a machine takes longer than most hooks. The kernel gives numbers in
/// their order, so that what a run has started stands between its leader and the last number given; a longer run looks
/// at all, since the numbers may have gone round.
struct MarkedProcesses {
  /// A variable and its value, which no other run has.
  private let mark: [UInt8]
  private let leader: pid_t
  private let startedAt: ContinuousClock.Instant

  private static let mostRounds = 50
  private static let mostBytes = 1 << 20
  /// In which a machine does not start as many processes as there are numbers, 32,768 at least.
  private static let numbersLast = Duration.seconds(2)

  /// - Parameter startedAt: before the leader was.
  init(_ mark: String, behind leader: pid_t, startedAt: ContinuousClock.Instant) {
    self.mark = Array(mark.utf8)
    self.leader = leader
    self.startedAt = startedAt
  }

  func end() {
    // One that is being forked while others are ended is found in the next round.
    for _ in 0..<Self.mostRounds where endOnce() > 0 { usleep(1000) }
  }

  private func endOnce() -> Int {
    var buffer = [UInt8](repeating: 0, count: 16384)
    var count = 0
    for process in candidates() where carriesMark(process, &buffer) {
      // Opened before the second look: what is ended is what was looked at, whoever gets its number.
      let descriptor = linux_process_descriptor(process)
      guard descriptor >= 0 else { continue }
      if carriesMark(process, &buffer), linux_signal(descriptor, SIGKILL) == 0 { count += 1 }
      close(descriptor)
    }
    return count
  }

  private func candidates() -> [pid_t] {
    let all = Self.all()
    guard ContinuousClock.now - startedAt < Self.numbersLast, let last = Self.lastNumber() else { return all }
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

  /// The number that was given last: the last field of proc_loadavg(5).
  private static func lastNumber() -> pid_t? {
    var text = [UInt8](repeating: 0, count: 128)
    let file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let count = read(file, &text, text.count)
    guard count > 0, let field = String(decoding: text[..<count], as: UTF8.self).split(separator: " ").last
    else { return nil }
    return pid_t(field.filter(\.isNumber))
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

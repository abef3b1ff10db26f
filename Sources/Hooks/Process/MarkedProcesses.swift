import CLinux
import Glibc

/// Ends the processes that have a mark in the environment they were executed with.
///
/// Finds those that have left their process group, or their parents, for as long as they carry the environment on. Only
/// processes whose environment this user may read are looked at, and so only those that it may end.
enum MarkedProcesses {
  private static let mostRounds = 50
  private static let mostBytes = 1 << 20

  /// - Parameter mark: a variable and its value, which no other run has.
  static func end(_ mark: String) {
    // One that is being forked while others are ended is found in the next round.
    for _ in 0..<mostRounds where endOnce(Array(mark.utf8)) > 0 { usleep(1000) }
  }

  private static func endOnce(_ mark: [UInt8]) -> Int {
    guard let directory = opendir("/proc") else { return 0 }
    defer { closedir(directory) }
    let own = getpid()
    var count = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = Int32(name), process != own, carries(mark, process) else { continue }
      // Opened before the second look: what is ended is what was looked at, whoever gets its number.
      let descriptor = linux_process_descriptor(process)
      guard descriptor >= 0 else { continue }
      if carries(mark, process), linux_signal(descriptor, SIGKILL) == 0 { count += 1 }
      close(descriptor)
    }
    return count
  }

  private static func carries(_ mark: [UInt8], _ process: Int32) -> Bool {
    let file = open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var environment: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while environment.count < mostBytes {
      let count = read(file, &chunk, chunk.count)
      guard count > 0 else { break }
      environment += chunk[..<count]
    }
    return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
  }
}

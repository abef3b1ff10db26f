import Foundation
import HummingbirdCore
import NIOCore

extension ResponseBody {
  /// An answer that is told in parts: the next one is read once the one before has been taken.
  init(_ first: Answer, from desk: QuestionDesk) {
    self.init { writer in
      var part = first
      try await writer.write(slices: part.body)
      while let rest = part.rest {
        try Task.checkCancellation()
        part = try await desk.answer { try rest.answer($0) }
        try await writer.write(slices: part.body)
      }
      try await writer.finish(nil)
    }
  }
}

extension ResponseBodyWriter {
  /// So little at once that a slow peer takes it in time.
  fileprivate mutating func write(slices data: Data) async throws {
    let sliceBytes = 64 << 10
    for start in stride(from: data.startIndex, to: data.endIndex, by: sliceBytes) {
      try await write(ByteBuffer(bytes: data[start..<min(start + sliceBytes, data.endIndex)]))
    }
  }
}

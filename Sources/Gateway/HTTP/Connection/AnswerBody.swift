import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

extension ResponseBody {
  /// What is written at once: small enough for a slow peer to take it in time.
  private static let sliceBytes = 64 << 10

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

  fileprivate static func slices(of data: Data) -> StrideTo<Int> { stride(from: 0, to: data.count, by: sliceBytes) }

  fileprivate static func slice(of data: Data, from start: Int) -> ByteBuffer {
    ByteBuffer(bytes: data[data.startIndex + start..<data.startIndex + min(start + sliceBytes, data.count)])
  }
}

extension ResponseBodyWriter {
  fileprivate mutating func write(slices data: Data) async throws {
    for start in ResponseBody.slices(of: data) { try await write(ResponseBody.slice(of: data, from: start)) }
  }
}

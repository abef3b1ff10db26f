import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypesHTTP1

/// A connection to the API: HTTP/1.1 with limits, compressed answers, and an end for those who do not read theirs.
struct APIChannel: ServerChildChannel {
  private let http: HTTP1Channel

  /// Bytes of a request's line and header fields; there is no body that anybody reads.
  private static let headBytes = 16 << 10
  private static let headFields = 64
  /// A connection on which nobody has asked for so long is closed.
  private static let idleTimeout = TimeAmount.seconds(60)
  /// Answers of fewer bytes are sent as they are.
  private static let leastCompressedBytes = 1024

  /// What the head of an answer says, to the compressor alone, that has no body: it would make one.
  static let asItIs = (name: "Content-Encoding", value: "identity")

  init(_ responder: @escaping HTTPChannelHandler.Responder) {
    http = HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        idleTimeout: Self.idleTimeout,
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: Self.headBytes, maxHeaderListSize: Self.headBytes, maxHeaderFieldCount: Self.headFields)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    let connection = http.setup(channel: channel, logger: logger)
    return connection.flatMapThrowing { connection in
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(StalledWriteHandler(), position: .first)
      // It knows the parts of HTTP/1, which stand before Hummingbird's.
      let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
      try pipeline.addHandlers(
        [
          HTTPResponseCompressor { head, _ in
            defer { head.headers.remove(name: Self.asItIs.name) }
            return Self.isWorthwhile(head) ? .compressIfPossible : .doNotCompress
          },
          UnaskedAnswerHandler(),
        ], position: .before(codec))
      return connection
    }
  }

  /// Events are sent as they come, parts as they are taken, and what is small is not made much smaller.
  private static func isWorthwhile(_ head: HTTPResponseHead) -> Bool {
    if head.headers[asItIs.name].contains(asItIs.value) { return false }
    if head.headers["content-type"].contains(where: { $0.hasPrefix("text/event-stream") }) { return false }
    // Those that are told in parts wait for each part to be taken, and the compressor for the next one.
    return head.headers["content-length"].first.flatMap { Int($0) }.map { $0 >= leastCompressedBytes } ?? false
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await http.handle(value: value, logger: logger)
  }
}

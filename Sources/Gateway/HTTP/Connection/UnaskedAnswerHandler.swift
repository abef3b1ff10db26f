import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Leads answers to no request past the compressor: to a head that is no HTTP, and those before the answer itself.
///
/// `HTTPResponseCompressor` of swift-nio-extras 1.35.2 takes a request for each answer, and ends the process where it has
/// had none. It stands just before this handler, nearer to the socket.
final class UnaskedAnswerHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Requests that have no answer yet.
  private var asked = 0
  /// The answer that is being written is to none of them.
  private var isUnasked = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { asked += 1 }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = unwrapOutboundIn(data)
    if case .head(let head) = part {
      let isInterim = head.status.code < 200
      isUnasked = isInterim || asked == 0
      if !isUnasked { asked -= 1 }
    }
    let compressor = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseCompressor.self)
    guard isUnasked, let compressor else { return context.write(data, promise: promise) }
    compressor.write(wrapOutboundOut(part), promise: promise)
    if case .end = part { isUnasked = false }
  }
}

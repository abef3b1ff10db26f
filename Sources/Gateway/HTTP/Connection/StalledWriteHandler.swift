import NIOCore

/// Ends a connection whose peer has taken nothing of what is to be sent for a time: it would hold its place for as long
/// as it likes.
///
/// Only whole writes are known to be taken: what is written at once has to be taken within the limit.
final class StalledWriteHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  static let limit = TimeAmount.seconds(30)

  private let limit: TimeAmount
  /// Writes that the socket has not taken.
  private var pending = 0
  private var takenAt = NIODeadline.now()
  private var check: Scheduled<Void>?

  init(limit: TimeAmount = StalledWriteHandler.limit) {
    self.limit = limit
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let promise = promise ?? context.eventLoop.makePromise()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    if pending == 0 { takenAt = .now() }
    pending += 1
    promise.futureResult.whenComplete { _ in
      let (handler, _) = bound.value
      handler.pending -= 1
      handler.takenAt = .now()
    }
    if check == nil { schedule(context, in: limit) }
    context.write(data, promise: promise)
  }

  private func schedule(_ context: ChannelHandlerContext, in delay: TimeAmount) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    check = context.eventLoop.scheduleTask(in: delay) {
      let (handler, context) = bound.value
      handler.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    check = nil
    guard pending > 0 else { return }
    let rest = limit - (NIODeadline.now() - takenAt)
    if rest > .zero { schedule(context, in: rest) } else { context.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    check?.cancel()
    check = nil
  }
}

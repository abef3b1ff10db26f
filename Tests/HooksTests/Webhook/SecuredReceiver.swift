import NIOCore
import NIOPosix
import NIOSSL
import TestSupport

/// A receiver with a certificate for `localhost` and 127.0.0.1, signed by itself, that answers each request with 200.
final class SecuredReceiver {
  let port: Int
  /// What a client has to trust.
  let caFile: String
  private let scratch: ScratchDirectory
  private let channel: any Channel

  /// - Parameter days: for which the certificate holds; below zero for one that has expired.
  init(days: Int = 2) async throws {
    scratch = try ScratchDirectory()
    let files = try SecuredListener(directory: scratch.path)
    try files.certify(days: days)
    caFile = "\(scratch.path)/ca.crt"
    let configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(caFile).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(scratch.path)/server.key", format: .pem)))
    let context = try NIOSSLContext(configuration: configuration)
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Answerer()])
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  deinit {
    channel.close(promise: nil)
  }

  private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret"
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

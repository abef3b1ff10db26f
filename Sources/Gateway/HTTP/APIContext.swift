import Hummingbird
import NIOCore

/// What is known of a request beside its own words.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Of the machine that asks; nil where the connection is gone.
  let address: String?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    address = source.channel.remoteAddress?.ipAddress
  }
}

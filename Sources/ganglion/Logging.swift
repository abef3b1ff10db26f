import Foundation
import Gateway
import Logging

/// Sends the log to standard error, as the configuration wants it.
func makeLogger(_ settings: GatewayConfiguration.Log) -> Logger {
  let level: Logger.Level =
    switch settings.level {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  return Logger(label: "ganglion") { label in
    switch settings.format {
    case .text:
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    case .json: return JSONLogHandler(logLevel: level)
    }
  }
}

/// One JSON object a line on standard error: `time`, `level`, `message` and the metadata.
struct JSONLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  init(logLevel: Logger.Level) {
    self.logLevel = logLevel
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
    fields["time"] = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
    fields["level"] = event.level.rawValue
    fields["message"] = event.message.description
    if let error = event.error { fields["error"] = "\(error)" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(fields) else { return }
    FileHandle.standardError.write(line + Data("\n".utf8))
  }
}

import FuzzDriver
import StrictYAML
import Telemetry

@testable import Gateway

// libFuzzer feeds the text of a configuration. Either every limit that the gateway relies on holds, or an error names
// the line.

private func check(_ configuration: GatewayConfiguration) {
  precondition(!configuration.mqtt.host.isEmpty && (1...65535).contains(configuration.mqtt.port))
  precondition(configuration.mqtt.keepalive >= .seconds(5) && configuration.mqtt.receiveMaximum >= 1)
  precondition((1024...(16 << 20)).contains(configuration.mqtt.maxPacketBytes))
  let pipeline = configuration.pipeline
  precondition(pipeline.ringCapacity.nonzeroBitCount == 1 && (1...pipeline.ringCapacity / 4).contains(pipeline.batch))
  precondition(pipeline.checkpoint > .zero && pipeline.batchDelay >= .zero)
  let windows = configuration.windows
  precondition(windows.exactFor >= .zero && windows.samplesMax >= 0)
  precondition(windows.eventTimes.futureLimit >= .zero && windows.eventTimes.pastLimit >= .zero)
  if let hours = windows.retainHours { precondition(windows.retainMinutes! <= hours) }
  if let days = windows.retainDays { precondition(windows.retainHours! <= days) }
  precondition(configuration.limits.deadLetterBytes >= 0 && configuration.limits.storeBytes >= 16 << 20)
  precondition((1...65535).contains(configuration.limits.topicBytes))
  for filter in configuration.mqtt.subscriptions { precondition(!filter.isEmpty && filter.utf8.count <= 65535) }
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // A file that is no UTF-8 is refused before.
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let text = String(validating: input, as: UTF8.self) else { return 0 }
  do throws(YAMLError) {
    check(try GatewayConfiguration(YAMLValue.parse(text, file: "ganglion.yaml")))
  } catch {
    let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
    precondition(error.line >= 1 && error.line <= lines + 1 && error.column >= 1, "\(error)")
    precondition(error.description.hasPrefix("ganglion.yaml:\(error.line):") && !error.message.isEmpty, "\(error)")
  }
  return 0
}

@main
enum FuzzConfiguration {
  static func main() {
    fuzz({ fuzzConfiguration($0, $1) })
  }
}

import ArgumentParser
import Foundation
import Gateway

/// `ganglion explain`: why a figure is what it is.
struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Why the figure of a device's metric in a window is what it is.",
    discussion: """
      Tells what came, late, bad, or twice, what was to come, whether the figure is exact, when it was changed after \
      its window had closed, and which profile and tags were in force:

        ganglion explain --device bin-0007 --metric weight_added --window 2026-11-21T08:00:00+08:00 --length 1h
      """)

  @OptionGroup var location: StoreLocation

  @Option(help: "The device's id.")
  var device: String?

  @Option(help: "In place of --device: the city's code of the device, and of those that it replaced.")
  var code: String?

  @Option(help: "The metric's name.")
  var metric: String

  @Option(
    parsing: .unconditional,
    help: "A time in the window, as questions take them: RFC 3339, Unix seconds, now, today, or an age such as -1h.")
  var window: String

  @Option(help: "The window's length: 1m, 1h or 1d.")
  var length = "1m"

  @Flag(help: "One JSON document.")
  var json = false

  func validate() throws {
    if (device == nil) == (code == nil) { throw ValidationError("name the device, with --device or with --code") }
  }

  func run() async throws {
    try await reporting {
      var pairs = [(name: "metric", value: metric), ("window", length), ("at", window)]
      if let device { pairs.append(("device", device)) }
      if let code { pairs.append(("code", code)) }
      let answer = try await location.answer(.explain(QueryParameters(pairs)))
      if json { return Output.write(answer) }
      for line in try JSONDecoder().decode(ExplainAnswer.self, from: answer).lines { print(line.shown(atMost: 400)) }
    }
  }
}

import ArgumentParser
import Foundation
import Gateway

extension Alerts {
  /// `ganglion alerts show ID`: one alert, what became of it, and who was called.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an alert with its transitions and the calls of hooks.")

    @OptionGroup var location: StoreLocation
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "Its id: sixteen hexadecimal digits.")
    var id: String

    private struct History: Decodable {
      struct Transition: Decodable {
        let kind: String
        let at: String
        let received_at: String
      }

      struct Call: Decodable {
        let id: String
        let hook: String
        let kind: String
        let state: String
        let tries: Int
        let due_at: String
        let sentence: String?
        let output: String
      }

      let transitions: [Transition]
      let calls: [Call]
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.answer(.alert(id))
        if json { return Output.write(answer) }
        print(Self.lines(try JSONDecoder().decode(AlertView.self, from: answer)).joined(separator: "\n"))
        let history = try JSONDecoder().decode(History.self, from: answer)
        print()
        print(
          Table(["transition", "at", "received"], history.transitions.map { [$0.kind, $0.at, $0.received_at] }).text)
        guard !history.calls.isEmpty else { return print("\nNobody was called.") }
        print()
        print(
          Table(
            ["hook", "kind", "state", "tries", "due", "call"],
            history.calls.map { [$0.hook, $0.kind, $0.state, "\($0.tries)", $0.due_at, $0.id] }
          ).text)
        for call in history.calls { Self.showResult(call) }
      }
    }

    private static func lines(_ alert: AlertView) -> [String] {
      let acknowledged = alert.acknowledged.map {
        "\($0.at) by \($0.by.isEmpty ? "somebody" : $0.by.shown(atMost: 60)): \($0.note.shown(atMost: 400))"
      }
      let lines: [(name: String, text: String)] = [
        ("title", alert.title.en.shown(atMost: 400)),
        ("", alert.title.zh == alert.title.en ? "" : alert.title.zh.shown(atMost: 400)),
        ("rule", "\(alert.rule), \(alert.severity)"), ("state", alert.state),
        ("about", [alert.place, alert.metric ?? ""].joined(separator: " ").shown(atMost: 400)),
        ("tags", alert.tagText.shown(atMost: 400)), ("value", alert.valueText), ("since", alert.since),
        ("fired", "\(alert.fired_at), received \(alert.received_at)"), ("ended", alert.ended_at ?? "-"),
        ("taken on", acknowledged ?? "-"), ("called", alert.called_at ?? "-"),
      ]
      return lines.filter { !$0.text.isEmpty }.map { line in
        line.name.padding(toLength: 10, withPad: " ", startingAt: 0) + line.text
      }
    }

    /// Why a call failed, and what was written to it.
    private static func showResult(_ call: History.Call) {
      guard call.sentence != nil || !call.output.isEmpty else { return }
      print("\n\(call.hook), call \(call.id): \(call.sentence?.shown(atMost: 400) ?? "its output")")
      if !call.output.isEmpty { print(call.output.shown(atMost: 4096, keepsLines: true)) }
    }
  }
}

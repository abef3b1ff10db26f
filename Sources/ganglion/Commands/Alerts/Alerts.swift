import ArgumentParser

/// `ganglion alerts`: what fires, who takes it on, who is not to be called, and whether rules and hooks do what they should.
struct Alerts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List alerts and take them on, ask for quiet, and try hooks and rules.",
    discussion: """
      What lists only reads. What changes something goes through the gateway that runs; where none does it is written \
      into its store, and the next start goes by it:

        ganglion alerts list severity=critical tag.district=luojiang
        ganglion alerts ack 5f1c09d2a4be7730 --note "two men are on their way"
        ganglion alerts silence --rule turbidity-high --tag site=north --for 2h --note "the filter is being flushed"
      """,
    subcommands: [
      List.self, Show.self, Acknowledge.self, Silence.self, Silences.self, Unsilence.self, Test.self, Try.self,
    ])
}

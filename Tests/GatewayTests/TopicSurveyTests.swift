import DeviceCatalog
import Telemetry
import TestSupport
import Testing

@testable import Gateway

@Suite
struct TopicSurveyTests {
  private typealias Message = PipelineHarness.Message

  @Test("A subscription that brought nothing and topics that no profile claims are told, with the nearest topic")
  func sentences() throws {
    var harness = try PipelineHarness()
    harness.configuration.mqtt.subscriptions = ["a/#", "city/+/up"]
    let catalogue = try Catalogue(CatalogueFiles.forDirectory(harness.configuration.devices))
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest(
      [Message(payload: "{}")] + Array(repeating: Message(topic: "a/north/line/probe-1", payload: "{}"), count: 3),
      journal, pipeline)
    try pipeline.checkpoint()
    let sentences = pipeline.sharedStatus.value.survey.sentences(
      catalogue, after: .seconds(30), config: "x.yaml")
    #expect(sentences.count == 2)
    #expect(sentences[0].hasPrefix("the subscription city/+/up has brought nothing for 30 s"))
    #expect(sentences[0].hasSuffix("`ganglion watch --config x.yaml --topic '#'` shows what the broker has"))
    #expect(
      sentences[1].hasPrefix(
        "3 messages on 1 topics match no profile and are dead letters {no-profile}, such as a/north/line/probe-1"))
    #expect(sentences[1].contains("nearest is a/{site}/{device} of the profile probe: it has 4 levels, expected 3"))
  }

  @Test("Where all subscriptions bring what profiles claim there is nothing to say")
  func silence() throws {
    var harness = try PipelineHarness()
    harness.configuration.mqtt.subscriptions = ["a/+/+"]
    let journal = try harness.openJournal()
    let pipeline = try harness.start(journal, try harness.openStore())
    try harness.ingest([Message(payload: "{")], journal, pipeline)
    try pipeline.checkpoint()
    let survey = pipeline.sharedStatus.value.survey
    #expect(survey.sentences(try Catalogue(.builtIn), after: .seconds(30), config: nil).isEmpty)
  }
}

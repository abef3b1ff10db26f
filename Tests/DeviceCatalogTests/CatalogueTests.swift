import StrictYAML
import Telemetry
import Testing

@testable import DeviceCatalog

@Suite
struct CatalogueTests {
  static let units = """
    - dimension: temperature
      canonical: Cel
      units:
        - { code: Cel, factor: 1 }
        - { code: "[degF]", factor: 0.5555555555555556, offset: -17.77777777777778 }
    """

  static let profile = """
    profile: probe
    topics: ["a/{site}/{device}"]
    payload: json
    device: "{device}"
    metrics:
      - { name: t, at: /t, kind: gauge, unit: Cel }
    """

  static func catalogue(_ profiles: [String]) throws -> Catalogue {
    let files = profiles.enumerated().map {
      CatalogueFiles.File(name: "p\($0.offset).yaml", text: $0.element, isBuiltIn: false)
    }
    return try Catalogue(
      CatalogueFiles([CatalogueFiles.File(name: "units.yaml", text: units, isBuiltIn: true)] + files))
  }

  @Test("Every example in the built-in profiles decodes to what it says")
  func builtInExamples() throws {
    let catalogue = try Catalogue(.builtIn)
    for profile in catalogue.profiles {
      for example in profile.examples {
        let problems = ExampleRunner(catalogue).problems(of: example, in: profile)
        #expect(problems.isEmpty, "\(profile.name), line \(example.line): \(problems)")
      }
    }
  }

  @Test("The default subscription is the built-in profiles' topics, all that Sparkplug nodes say, and nothing wider")
  func builtInFilters() throws {
    let catalogue = try Catalogue(.builtIn)
    let own = catalogue.profiles.filter { !$0.isSparkplug }.flatMap { $0.topics.map(\.filter) }
    let said = ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"].map { "spBv1.0/+/\($0)/+/#" }
    #expect(Set(catalogue.topicFilters) == Set(own + said))
  }

  @Test("Every payload format has a built-in profile")
  func builtInFormats() throws {
    let words = try CatalogueFiles.builtIn.all.filter { !$0.isUnitTable }.map { file in
      try #require(file.text.firstMatch(of: /(?m)^payload: (\S+)$/)).output.1
    }
    #expect(
      Set(words) == [
        "json", "value", "csv", "line-protocol", "binary", "hj212", "sl651", "szy206", "cjt188", "ttn-v3",
        "chirpstack-v4", "senml-json", "senml-cbor", "sparkplug-b",
      ])
  }

  @Test("An example that is wrong is found wrong")
  func wrongExample() throws {
    let text =
      Self.profile + """

        examples:
          - topic: a/x/probe-1
            payload: '{"t":20}'
            readings:
              - { device: probe-1, metric: t, value: 21, unit: Cel }
        """
    let catalogue = try Self.catalogue([text])
    let problems = ExampleRunner(catalogue).problems(of: catalogue.profiles[0].examples[0], in: catalogue.profiles[0])
    #expect(problems.map(\.text) == ["t: value is 20, expected 21"])
  }

  @Test("A reading that is not read is told with where it was looked for and what stands there")
  func notRead() throws {
    let text =
      Self.profile.replacing("at: /t,", with: "at: /m/t,") + """

        examples:
          - topic: a/x/probe-1
            payload: '{"m":{"T":20,"u":1}}'
            refused: no-metric
          - topic: a/x/probe-1
            payload: '{"m":{"t":20}}'
            readings: [{ device: probe-1, metric: t, value: 20 }, { device: probe-1, metric: tt, value: 20 }]
          - topic: a/x/probe-1
            payload: '{"m":{"t":20}}'
            readings: [{ device: probe-1, metric: t, value: 20 }, { device: probe-1, metric: t, value: 21 }]
        """
    let second = text.replacing(
      "- { name: t, at: /m/t", with: "- { name: u, at: /m/u, kind: gauge, unit: Cel }\n  - { name: t, at: /m/t"
    ).replacing(
      "refused: no-metric",
      with: "readings: [{ device: probe-1, metric: u, value: 1 }, { device: probe-1, metric: t, value: 20 }]")
    let catalogue = try Self.catalogue([second])
    let profile = catalogue.profiles[0]
    let problems = profile.examples.map { ExampleRunner(catalogue).problems(of: $0, in: profile).map(\.text) }
    #expect(
      problems == [
        ["t: value is not read (/m/t is not there: /m has T, u (did you mean 'T'?)), expected 20"],
        ["tt: value is not read (the profile has no such metric), expected 20"],
        ["t: value is not read (it is read less often), expected 21"],
      ])
  }

  @Test("An example says what tags its device has, all readings or one; it may have others")
  func exampleTags() throws {
    func problems(_ common: String, _ own: String) throws -> [String] {
      let text =
        Self.profile + """

          tags: { site: "{site}", line: /line }
          examples:
            - topic: a/x/probe-1
              payload: '{"t":20,"line":"L2"}'
              tags: \(common)
              readings: [{ device: probe-1, metric: t, value: 20, tags: \(own) }]
          """
      let catalogue = try Self.catalogue([text])
      let profile = catalogue.profiles[0]
      return ExampleRunner(catalogue).problems(of: profile.examples[0], in: profile).map(\.text)
    }
    #expect(try problems("{ site: x }", "{}") == [])
    #expect(try problems("{ site: y }", "{ site: x, line: L2 }") == [])
    #expect(
      try problems("{ site: y, hall: 1 }", "{ line: L1 }") == [
        "t: tag hall is not there, expected 1", "t: tag line is L2, expected L1", "t: tag site is x, expected y",
      ])
  }

  @Test(
    "A profile that cannot be right is refused at its line",
    arguments: [
      ("unit: Cel", "unit: {#}", 6, "a text such as \"{#}\" stands in quotes"),
      ("unit: Cel", "unit: [degF]", 6, "expected a text; one with [ ] or { } in it stands in quotes"),
      ("unit: Cel", "unit: Cle", 6, "no unit 'Cle' (did you mean 'Cel'?)"),
      ("at: /t", "at: t", 6, "'t' is no place in a payload: it must start with '/'"),
      ("at: /t", "at: 1/*/t", 6, "goes up and is many places"),
      ("kind: gauge", "kind: guage", 6, "(did you mean 'gauge'?)"),
      ("\"{device}\"", "\"{devise}\"", 4, "no topic level '{devise}' in every topic of this profile"),
      ("\"{device}\"", "devEUI", 4, "'devEUI' is one device for all messages"),
      ("unit: Cel", "unit: Cel, range: [400, 0]", 6, "the lowest, 400.0, is above the highest, 0.0"),
      ("payload: json", "payload: jsn", 3, "'jsn' is none of json"),
      ("a/{site}", "a/+", 2, "'+' and '#' are not used here"),
      ("name: t,", "name: t, rnage: [0, 1],", 6, "unknown key 'rnage' (did you mean 'range'?)"),
    ])
  func refusedProfiles(right: String, wrong: String, line: Int, message: String) {
    let text = Self.profile.replacing(right, with: wrong)
    let error = #expect(throws: YAMLError.self) { try Self.catalogue([text]) }
    #expect(error?.line == line)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    "What has no effect on Sparkplug is refused at its line",
    arguments: [
      ("when: { /x: y }", "tell devices apart by their topics"), ("time: { at: /t, as: any }", "leave 'time' out"),
    ])
  func sparkplugKeys(key: String, message: String) {
    let text = Self.profile.replacing("a/{site}/{device}", with: "spBv1.0/mill/{type}/{node}/{device}")
      .replacing("payload: json", with: "payload: sparkplug-b\n\(key)")
    let error = #expect(throws: YAMLError.self) { try Self.catalogue([text]) }
    #expect(error?.line == 4)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test("Two profiles that claim a topic need an order, and the higher priority has it")
  func priority() throws {
    let rival = Self.profile.replacing("probe", with: "rival").replacing("a/{site}/{device}", with: "a/{device}/up")
    #expect(throws: YAMLError.self) { try Self.catalogue([Self.profile, rival]) }
    let catalogue = try Self.catalogue([Self.profile, "priority: 1\n" + rival])
    let topic = Array("a/x/up".utf8)
    let match = topic.withUnsafeBytes { catalogue.matches($0).first }
    #expect(match.map { catalogue.profiles[$0.profile].name } == "rival")
  }

  @Test("A profile of the user's replaces the built-in one of the same name")
  func override() throws {
    let files = CatalogueFiles([
      CatalogueFiles.File(name: "units.yaml", text: Self.units, isBuiltIn: true),
      CatalogueFiles.File(name: "Devices/probe.yaml", text: Self.profile, isBuiltIn: true),
      CatalogueFiles.File(
        name: "mine/probe.yaml", text: Self.profile.replacing("a/{site}", with: "b/{site}"), isBuiltIn: false),
    ])
    #expect(try Catalogue(files).topicFilters == ["b/+/+"])
  }

  @Test("Filters are reduced so that no topic matches two of them")
  func filterCover() {
    #expect(TopicFilters.cover(["a/b", "a/+", "a/+", "c/#", "c/d/e", "c", "x/y"]) == ["a/+", "c/#", "x/y"])
    #expect(TopicFilters.cover(["city/+/waste/+/up", "city/luojiang/+/+/up"]) == ["city/+/+/+/up"])
    #expect(TopicFilters.cover(["a/+", "+/b", "x/y"]) == ["+/+"])
    #expect(TopicFilters.cover(["#", "$SYS/#", "a/b"]) == ["#", "$SYS/#"])
    #expect(TopicFilters.cover(["a/+/c", "a/b/#"]) == ["a/+/#"])
    #expect(TopicFilters.problem(with: "a/#/b") != nil)
    #expect(TopicFilters.problem(with: "a/b+/c") != nil)
    #expect(TopicFilters.problem(with: "a/+/#") == nil)
  }
}

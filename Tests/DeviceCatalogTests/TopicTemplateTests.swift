import DeviceCatalog
import Testing

@Suite
struct TopicTemplateTests {
  private func captures(_ template: String, _ topic: String) throws -> [String]? {
    try Array(topic.utf8).withUnsafeBytes { try TopicTemplate(template).captures(of: $0) }
  }

  @Test("Named levels are taken out of a topic that fits")
  func takesCaptures() throws {
    #expect(try captures("city/{district}/waste/{device}/up", "city/luojiang/waste/bin-1/up") == ["luojiang", "bin-1"])
    #expect(try captures("{a}", "x") == ["x"])
    #expect(try captures("{a}/", "x/") == ["x"])
    #expect(try captures("市/{区}".replacing("区", with: "d"), "市/鲤城") == ["鲤城"])
  }

  @Test(
    "A topic that does not fit has none",
    arguments: ["city/luojiang/waste/bin-1", "city/luojiang/waste/bin-1/up/x", "City/luojiang/waste/bin-1/up", "", "/"])
  func doesNotFit(topic: String) throws {
    #expect(try captures("city/{district}/waste/{device}/up", topic) == nil)
  }

  @Test(
    "A template that is none says why",
    arguments: ["", "a/{b", "a/{}", "a/{b}/{b}", "a/#", "a/b{c}", "a/{b-c}", "$share/g/a"])
  func refuses(template: String) {
    #expect(throws: TopicTemplate.Malformed.self) { try TopicTemplate(template) }
  }

  @Test("The filter of a template has a plus for each name")
  func filter() throws {
    #expect(try TopicTemplate("a/{b}/c/{d}").filter == "a/+/c/+")
  }
}

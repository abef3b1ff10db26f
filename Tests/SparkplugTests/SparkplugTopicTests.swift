import Testing

@testable import Sparkplug

/// The topics of edge nodes.
@Suite struct SparkplugTopicTests {
  @Test("Every type of message is known, of a node and of a device", arguments: SparkplugTopic.Kind.allCases)
  func types(_ kind: SparkplugTopic.Kind) throws {
    let node = try #require(SparkplugTopic("spBv1.0/组 1/N\(kind.rawValue)/node-7"))
    #expect((node.kind, node.group, node.node) == (kind, "组 1", "node-7"))
    #expect(node.device == nil)
    let device = try #require(SparkplugTopic("spBv1.0/组 1/D\(kind.rawValue)/node-7/pump"))
    #expect((device.kind, device.device) == (kind, "pump"))
    #expect(node.name == device.name)
    for topic in [node, device] { #expect(SparkplugTopic(topic.text) == topic) }
  }

  @Test("The level, and not the letter, says whether a device speaks")
  func letters() throws {
    let device = try #require(SparkplugTopic("spBv1.0/g/NDATA/n/d"))
    #expect(device == SparkplugTopic("spBv1.0/g/DDATA/n/d"))
    #expect(device.text == "spBv1.0/g/DDATA/n/d")
    #expect(SparkplugTopic("spBv1.0/g/DDATA/n") == SparkplugTopic("spBv1.0/g/NDATA/n"))
  }

  @Test(
    "Other topics are none of a node's",
    arguments: [
      "", "spBv1.0", "spBv1.0/g/NDATA", "spBv1.0/g/NDATA/n/d/e", "spBv1.0/STATE/host", "STATE/host",
      "spBv1.0/g/STATE/n",
      "spBv1.0/g/XDATA/n", "spBv1.0/g/DATA/n", "spBv1.0/g/N/n", "spBv1.0/g//n", "spBv1.0/g/NDATAX/n",
      "spBv1.0/g/ndata/n",
      "spAv1.0/g/NDATA/n", "spbv1.0/g/NDATA/n", "/spBv1.0/g/NDATA/n", "spBv1.0/g/NNDATA/n",
      "$share/x/spBv1.0/g/NDATA/n",
    ])
  func others(_ topic: String) {
    #expect(SparkplugTopic(topic) == nil)
  }

  @Test("Empty levels are names like others, and no device is not the device without a name")
  func emptyLevels() throws {
    let empty = try #require(SparkplugTopic("spBv1.0//DDATA//"))
    #expect((empty.group, empty.node, empty.device) == ("", "", ""))
    #expect(empty.text == "spBv1.0//DDATA//")
    #expect(empty != SparkplugTopic("spBv1.0//NDATA/"))
    #expect(EdgeNodeName(empty.name.text) == empty.name)
  }

  @Test("A node's name is its group and its own, told apart by a slash")
  func names() throws {
    let name = EdgeNodeName(group: "g", node: "n")
    #expect(name.text == "g/n")
    #expect(EdgeNodeName("g/n") == name)
    #expect(EdgeNodeName(group: "g", node: "m") < name)
    #expect(EdgeNodeName(group: "a", node: "z") < EdgeNodeName(group: "b", node: "a"))
    for text in ["", "g", "g/n/d"] { #expect(EdgeNodeName(text) == nil) }
  }
}

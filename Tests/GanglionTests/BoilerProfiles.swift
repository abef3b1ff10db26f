/// Boilers of a plant, as alerts are tried on them.
enum BoilerProfiles {
  /// Each on a topic of its own.
  static let boiler = text("boiler", topic: "boiler/{device}/up", example: "boiler/b-1/up", device: "{device}")

  /// Many on one topic, as a plant's own gateway sends them.
  static let house = text(
    "boiler-house", topic: "boilers/up", example: "boilers/up", device: "/id", id: #""id":"b-1","#)

  private static func text(
    _ name: String, topic: String, example: String, device: String, id: String = ""
  ) -> String {
    """
    profile: \(name)
    title: { en: Boiler }
    topics: ["plant/{site}/\(topic)"]
    payload: json
    device: "\(device)"
    time: { at: /ts, as: unix-ms }
    interval: 1m
    tags: { site: "{site}" }
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-40, 300] }
    examples:
      - topic: plant/mill-3/\(example)
        payload: '{\(id)"ts":1763700000000,"t":21.5}'
        readings: [{ device: b-1, metric: temperature, value: 21.5, unit: Cel }]
    """
  }
}

import DeviceCatalog

/// Messages of the sizes that figures are asked for, beside the examples of the profiles.
enum BenchPayloads {
  struct Payload {
    let name: String
    let topic: String
    let bytes: [UInt8]
    /// What gives it its meaning.
    var earlier: [(topic: String, bytes: [UInt8])] = []
  }

  static let all: [Payload] = [
    Payload(name: "json, 5 metrics", topic: "factory/mill-3/agv/agv-07/telemetry", bytes: Array(fiveMetrics.utf8)),
    Payload(name: "vda5050-state, 2 KB", topic: "uagv/v2/acme/lift-7/state", bytes: Array(vehicleState.utf8)),
    Payload(name: "hj212, 6 factors", topic: "hj212/north/up", bytes: Array(sixFactors.utf8)),
    Payload(
      name: "sparkplug-b, 10 aliases", topic: "spBv1.0/mill/DDATA/line-1/warper-2", bytes: tenAliases,
      earlier: [
        ("spBv1.0/mill/NBIRTH/line-1", nodeBirth), ("spBv1.0/mill/DBIRTH/line-1/warper-2", deviceBirth),
      ]),
  ]

  private static let fiveMetrics =
    #"{"ts":1763700000250,"line":"warp-2","soc":81.5,"v":0.92,"x":12.345,"y":-3.5,"odo":104233}"#

  /// A vehicle with an order of nodes and edges, as it is sent at each event.
  private static let vehicleState: String = {
    let nodes = (1...12).map { number in
      #"{"nodeId":"node-\#(number)","sequenceId":\#(number * 2),"released":true,"nodePosition":{"x":\#(number).5,"y":2.25,"theta":0.5,"mapId":"hall-2"}}"#
    }
    return #"""
      {"headerId":7,"timestamp":"2025-11-21T04:40:00.250Z","version":"2.0.0","manufacturer":"acme","serialNumber":"lift-7",\#
      "orderId":"order-1","orderUpdateId":1,"lastNodeId":"node-0","lastNodeSequenceId":0,"driving":true,"paused":false,\#
      "batteryState":{"batteryCharge":80.5,"batteryVoltage":48.1,"reach":900,"charging":false},"operatingMode":"AUTOMATIC",\#
      "agvPosition":{"x":2.1,"y":-5.4,"theta":0.3,"mapId":"hall-2","positionInitialized":true},\#
      "velocity":{"vx":0.5,"vy":0,"omega":0},"nodeStates":[\#(nodes.joined(separator: ","))],"edgeStates":[],\#
      "errors":[{"errorType":"lidar","errorLevel":"WARNING"}],"information":[],"actionStates":[],\#
      "safetyState":{"eStop":"NONE","fieldViolation":false},"loads":[{"loadId":"pallet-1"}]}
      """#
  }()

  private static let sixFactors =
    "##0281QN=20251121124000123;ST=32;CN=2011;PW=123456;MN=LC0001OUTFALL01;Flag=5;CP=&&DataTime=20251121124"
    + "000;w01001-Rtd=7.21,w01001-Flag=N;w01018-Rtd=24.5,w01018-Flag=N;w21003-Rtd=1.25,w21003-Flag=N;w210"
    + "11-Rtd=0.31,w21011-Flag=N;w21001-Rtd=8.4,w21001-Flag=N;w00000-Rtd=12.75,w00000-Flag=N&&8D01\r\n"

  /// A machine of ten metrics, nine of which its profile knows.
  private static let nodeBirth = bytes(
    "08808ad9a5aa3312120a05626453657118808ad9a5aa332004580312210a144e6f646520436f6e74726f6c2f52656269"
      + "72746818808ad9a5aa33200b70001800")

  private static let deviceBirth = bytes(
    "08858ad9a5aa33121d0a0b54656d7065726174757265100118858ad9a5aa332009650000ac41121e0a08507265737375"
      + "7265100218858ad9a5aa33200a69cdcccccccccc104012180a055370656564100318858ad9a5aa33200350fdffffff0f"
      + "12160a0752756e6e696e67100418858ad9a5aa33200b7001121a0a0a50617274732f476f6f64100518858ad9a5aa3320"
      + "0858b00912180a0950617274732f426164100618858ad9a5aa3320085807121c0a06456e65726779100718858ad9a5aa"
      + "33200a69000000004036c140121b0a05506f776572100818858ad9a5aa33200a690000000000802c40121e0a0848756d"
      + "6964697479100918858ad9a5aa33200a690000000000404840121f0a09566962726174696f6e100a18858ad9a5aa3320"
      + "0a69000000000000e83f1801")

  private static let tenAliases = bytes(
    "08e891d9a5aa33120e100118e891d9a5aa33650000ac411212100218e891d9a5aa3369cdcccccccccc1040120f100318"
      + "e891d9a5aa3350fdffffff0f120b100418e891d9a5aa337001120c100518e891d9a5aa3358b009120b100618e891d9a5"
      + "aa3358071212100718e891d9a5aa3369000000004036c1401212100818e891d9a5aa33690000000000802c4012121009"
      + "18e891d9a5aa336900000000004048401212100a18e891d9a5aa3369000000000000e83f1802")

  private static func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }
}

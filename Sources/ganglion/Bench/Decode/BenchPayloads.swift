import DeviceCatalog

/// Messages of the sizes that figures are asked for, beside the examples of the profiles.
enum BenchPayloads {
  struct Payload {
    let name: String
    let topic: String
    let bytes: [UInt8]
  }

  static let all: [Payload] = [
    Payload(name: "json, 5 metrics", topic: "factory/mill-3/agv/agv-07/telemetry", bytes: Array(fiveMetrics.utf8)),
    Payload(name: "vda5050-state, 2 KB", topic: "uagv/v2/acme/lift-7/state", bytes: Array(vehicleState.utf8)),
    Payload(name: "hj212, 6 factors", topic: "hj212/north/up", bytes: Array(sixFactors.utf8)),
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
}

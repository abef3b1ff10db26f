/// The data types of Sparkplug B, by their numbers. Source: Eclipse Sparkplug 3.0, section 6.4.16.
package enum SparkplugType: UInt32 {
  case unknown = 0
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float, double, boolean, string, dateTime, text
  case uuid, dataSet, bytes, file, template
  case propertySet, propertySetList
  case int8Array, int16Array, int32Array, int64Array
  case uint8Array, uint16Array, uint32Array, uint64Array
  case floatArray, doubleArray, booleanArray, stringArray, dateTimeArray

  /// A number that no version of the specification names is as good as none.
  init(number: UInt64) {
    self = UInt32(exactly: number).flatMap(SparkplugType.init(rawValue:)) ?? .unknown
  }
}

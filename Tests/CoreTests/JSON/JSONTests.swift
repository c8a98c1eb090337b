import Core
import Testing

@Suite struct JSONTests {
  @Test func valuesAndOrder() throws {
    let value = try JSON.parse(#" {"b": [1, -2, 3.5, 1e3, true, null], "a": {"x": "y"}, "b2": 9223372036854775807} "#)
    #expect(value["b"]?.array?.count == 6)
    #expect(value["b"]?[0]?.int == 1)
    #expect(value["b"]?[1]?.int == -2)
    #expect(value["b"]?[2]?.double == 3.5)
    #expect(value["b"]?[3]?.int == 1000)
    #expect(value["b"]?[4]?.bool == true)
    #expect(value["b"]?[5]?.isNull == true)
    #expect(value["a"]?["x"]?.string == "y")
    #expect(value["b2"]?.int == Int.max)
    #expect(value.object?.keys == ["b", "a", "b2"])
    #expect(try JSON.parse("-9223372036854775808").int == Int.min)
    #expect(try JSON.parse("9223372036854775808").double == 9.223372036854775808e18)
  }

  @Test func stringsAreExact() throws {
    #expect(try JSON.parse(#""\u0041\n\/\\\"é""#).string == "A\n/\\\"é")
    #expect(try JSON.parse(#""\ud83d\ude00""#).string == "😀")
    #expect(try JSON.parse(#""a\ud83dz""#).string == "a\u{FFFD}z")
    #expect(try JSON.parse(#""\ude00\ud83d\u0041""#).string == "\u{FFFD}\u{FFFD}A")
    // A composed and a decomposed letter are different keys.
    let object = try JSON.parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
    #expect(object["\u{E9}"]?.int == 1)
    #expect(object["e\u{301}"]?.int == 2)
  }

  @Test func lastOfEqualKeysCounts() throws {
    let value = try JSON.parse(#"{"a": 1, "a": 2}"#)
    #expect(value["a"]?.int == 2)
    #expect(value.object?.duplicateKey == "a")
    #expect(try JSON.parse(#"{"a": 1, "b": 2}"#).object?.duplicateKey == nil)
  }

  @Test func nearestDoubles() throws {
    for text in [
      "0.1", "1e22", "1e23", "123456789012345678901234567890", "4.9e-324", "1.7976931348623157e308", "-0.0",
      "0.30000000000000004", "5e-1", "9007199254740993.0", "2.2250738585072011e-308",
    ] {
      #expect(try JSON.parse(text).double?.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test func nonFiniteOnRequest() throws {
    let options = JSONScanner.Options(allowsNonFinite: true)
    #expect(try JSON.parse("NaN", options: options).double?.isNaN == true)
    #expect(try JSON.parse("[-Infinity, Infinity]", options: options)[0]?.double == -.infinity)
    #expect(throws: FormatError.self) { try JSON.parse("NaN") }
    #expect(throws: FormatError.self) { try JSON.parse("-NaN", options: options) }
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1 2]", "01", "-", "1.", ".5",
    "1e",
    "\"", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "tru", "nul", "[1]]", "'a'", "+1", "// c\n1", "\"\\", "\"\\u12",
  ])
  func refuses(_ text: String) {
    #expect(throws: FormatError.self) { try JSON.parse(text) }
  }

  @Test func refusesBadUTF8AndDepth() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82],
    ] {
      #expect(throws: FormatError.self) { try JSON.parse(bytes) }
    }
    #expect(throws: FormatError.self) { try JSON.parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: Never.self) {
      try JSON.parse(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))
    }
  }

  @Test func errorsNameThePlace() {
    let error = #expect(throws: FormatError.self) { try JSON.parse("{\n  \"a\": ?\n}", file: "x.json") }
    #expect(error?.description == "x.json, line 2, byte 9: '?' (expected a value).")
  }

  @Test func writes() throws {
    let value: JSON = ["b": 1, "a": [1.5, .null, true, "x\n\"\u{1}\u{1B}é"], "e": [:], "f": []]
    #expect(value.serialized() == #"{"b": 1, "a": [1.5, null, true, "x\n\"\u0001\u001bé"], "e": {}, "f": []}"#)
    #expect(try JSON.parse(value.serialized()) == value)
    #expect(try JSON.parse(value.serialized(indent: 2)) == value)
    #expect(JSON.array([1, [2]]).serialized(indent: 1) == "[\n 1,\n [\n  2\n ]\n]")
    #expect(
      JSON.array([.double(.nan), .double(.infinity), .float(-.infinity)]).serialized() == "[NaN, Infinity, -Infinity]")
  }

  @Test func floatsHaveNineDigits() {
    func written(_ value: Float) -> String { JSON.float(value).serialized() }
    #expect(written(0.1) == "0.100000001")
    #expect(written(1) == "1.0")
    #expect(written(-2.5) == "-2.5")
    #expect(written(0) == "0.0")
    #expect(written(-0.0) == "-0.0")
    #expect(written(16_777_216) == "16777216.0")
    #expect(written(0.99999999999) == "1.0")
    var bits: UInt32 = 1
    for _ in 0..<2000 {
      bits = bits &* 1_664_525 &+ 1_013_904_223
      let value = Float(bitPattern: bits)
      if value.isFinite { #expect(Float(written(value)) == value) }
    }
    #expect(JSON.double(1e22).serialized() == "1e+22")
    #expect(JSON.double(0.1).serialized() == "0.1")
  }

  @Test func scannerWalksWithoutBuilding() throws {
    var text = #"{"skip": [1, {"a": "b"}], "vocab": {"a": 0, "\u0120b": 1}}"#
    var found: [String: Int] = [:]
    try text.withUTF8 { bytes in
      var scanner = JSONScanner(UnsafeRawBufferPointer(bytes), file: "t")
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        guard key.elementsEqual("vocab".utf8) else {
          try scanner.skip()
          continue
        }
        try scanner.beginObject()
        while let token = try scanner.nextKey() {
          let name = String(decoding: token, as: UTF8.self)
          found[name] = try scanner.readNumber().int
        }
      }
      try scanner.finish()
    }
    #expect(found == ["a": 0, "Ġb": 1])
  }
}

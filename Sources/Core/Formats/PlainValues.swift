/// Values of the plain types as float32.
func unpackPlain(type: TensorType, from: UnsafeRawPointer, count: Int, into output: UnsafeMutablePointer<Float>) {
  switch type {
  case .f32: UnsafeMutableRawPointer(output).copyMemory(from: from, byteCount: count * 4)
  case .f16:
    for i in 0..<count {
      output[i] = Float(Float16(bitPattern: from.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)))
    }
  case .bf16:
    for i in 0..<count {
      output[i] = Float(bitPattern: UInt32(from.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)) << 16)
    }
  default: for i in 0..<count { output[i] = .nan }
  }
}

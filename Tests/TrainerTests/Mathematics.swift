#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

func expOf(_ x: Double) -> Double { exp(x) }
func tanhOf(_ x: Double) -> Double { tanh(x) }
func cosOf(_ x: Double) -> Double { cos(x) }

/// Properties that the stages of the official libraries ask for beside general categories and scripts, written as
/// ``GeneralCategory`` writes its ranges.
enum UnicodeProperties {
  /// `\p{Alphabetic}` beyond L and Nl.
  static let otherAlphabetic: StaticString = """
    n9 t+c g0+d 1 1+1 1+1 1 20+a 1c+c 1+6 g 2t+6 4+3 2+1 4 z u+f 2u+a 2t+1 3+8 1+2 1+3 2y 1o+b 3+6 6+j 1i+1 2+e 1+1 \
    5+2 a+1 t+2 1m+6 2+1 2+1 a a+1 t+2 1m+4 4+1 2+1 4 u+1 3 b+2 1m+7 1+2 1+1 l+1 m+2 4+2 1m+6 2+1 2+1 9+1 a+1 u 1n+4 \
    3+2 1+2 a 14+4 1l+6 1+2 1+2 8+1 b+1 t+2 1m+6 1+2 1+2 8+1 b+1 f c+3 1m+6 1+2 1+2 a a+1 t+2 23+5 1 1+7 i+1 1p 2+6 \
    i 2r 2+5 1+1 g 4j+i 9+a 1+z 32+b 1 2+3 n+3 4+2 1+2 2+6 3+3 d+b 1 a+3 19w+1 u+1 u+1 u+1 1u+i 58+1 y 3a+b 4+8 66+4 \
    1l+9 2+j 22+1 b+2 1d+4 1c+e 1o+2 u+8 2+1 1l+a 1e+i bg+x 1c1+1f 1rq+v nsk+7 y+1 9u 8 n+4 2g+1 1e+f 1 1l 12+4 s+b \
    19+3 1c+b 11 1v+d c 8+1 19+2 1e 1+2 2+1 5 18+4 5 6l+7 fn7 1nb+4 1ae+2 1+1 5+3 lw+3 1t 8x+1 27 77+2 1h+d 19+1 b+2 \
    19+8 9 1p+2 10+b i+1 1l+2 1c+c e+1 2k+8 2 6 2 4d+9 n+3 1m+6 2+1 2+1 a a+1 2c+8 1 2 1+3 1+1 2v+c 1+2 2y+h 6l+6 \
    2+6 t+1 2a+e 1 2y+a 2v+d 75+c 6v+5 1+1 2+1 3 1 3y+6 2+5 4 s+9 16+4 1+3 i+a 1a+d bb+7 1+6 2b+l 1+d 3e+5 3 1+1 1+2 \
    1 3 1u+4 1+1 1+3 9o+3 9+1 1 1c+6 3+2 d0d+g 2sg 1+1i 7+3 2l+1 f58 6zl+6 1+g 2+6 1+1 1+4 2s 1pz 1k8+p 6+p 6+p
    """
  /// `\p{Lowercase}` beyond Ll.
  static let otherLowercase: StaticString = """
    4q f dx+8 7+1 u+4 2o 1g 2o1 2en+1q d y+10 j5 d g+c 5v+f nk+p 1hu+1 o4e+1 5u 3l+2 3+1 o2+3 9 i6u 2+2 1+15 1+8 \
    16r9+1p
    """
  /// `\p{Uppercase}` beyond Lu.
  static let otherUppercase: StaticString = "6lc+f na+p 2ixs+p 6+p 6+p"
  /// `\w` beyond L, M, Nl, Nd and Pc.
  static let otherWord: StaticString = "792+1f 2ix2+p 6+p 6+p"
  /// What the Digits stage takes for a number beyond N: its Unicode is a version newer.
  static let newerNumeric: StaticString = "1kgw+9 g7e+2"
  /// What the Punctuation and Bert stages take for punctuation: that of Unicode 8, and all of ASCII's.
  static let punctuation: StaticString = """
    x+e a+6 q+5 q+3 y 5 3 a+1 3 3 ji 8 cy+5 15+1 1f 1 2 2 18+1 k+1 1+1 d 2+1 22+3 2u 17+d 6h+2 1i+e v 79+1 a an lf \
    2i a+1 4o+e 1 11+3 1z 22+4 4+1 33+5 4r h0+8 47 h8+1 18+1 26+2 1z+1 4d+2 1+2 11+a 8p+1 60+1 3k+6 1+5 4s+6 4b+3 \
    1n+4 1q+1 1s+7 b n0+n 8+j 1+c 1+b u+1 e+1 hl+3 t+1 u5+d 27+1 v+9 b7+l 1r+3 w+1 l7+3 1+1 34 3z+1a 1+i ce+2 4+9 \
    2+b g c 2q 2i mwy+1 7h+2 2r a 37+5 ak+3 2e+1 14+2 1 1d+1 1b 2p+c g+1 3g+3 3i+1 g+1 6x g2a+1 5s+9 m+y 1+d 1 4 1+1 \
    45+2 1+5 1+3 a+1 3+1 q+2 1 r 1 1+6 be+2 ik 1c bi kn 5j v 7k+8 12 34+6 1u+6 2h+3 x6+6 31+1 1+3 3i+3 1c+1 27+4 3 d \
    1+2 2g+5 2z f0 6y+m 2x+2 6w+2 2lt+4 dtl+1 3p 1t+4 8 g2i 5wn+4
    """
  /// Code points whose script the UnicodeScripts stage knows (it has an older version of the data).
  static let scripted: StaticString = """
    0+v 1+nq 2+5 4+6 1 1+j 1+b0 1+11 2+6 1+12 1+1 2+2 1+1i 8+q 5+4 b+s 1+6n 1+1n 2+2s e+1m 5+19 2+e 1+r 2 1t+k 1+7 \
    m+4v 1+7 2+1 2+l 1+6 1 3+3 2+8 2+1 2+3 8 4+1 1+4 2+l 5+2 1+5 4+1 2+l 1+6 1+1 1+1 1+1 2 1+4 4+1 2+2 3 7+3 1 7+f \
    b+2 1+8 1+2 1+l 1+6 1+1 1+4 2+9 1+2 1+2 2 f+3 2+b 7 7+2 1+7 2+1 2+l 1+6 1+1 1+4 2+8 2+1 2+2 8+1 4+1 1+4 2+h a+1 \
    1+5 3+2 1+3 3+1 1 1+1 3+1 3+2 3+b 4+4 3+2 1+3 2 6 e+k 5+3 1+7 1+2 1+m 1+f 3+7 1+2 1+3 7+1 1+2 5+3 2+9 8+b 1+7 \
    1+2 1+m 1+9 1+4 2+8 1+2 1+3 7+1 7 1+3 2+9 1+1 e+2 1+7 1+2 1+14 2+7 1+2 1+5 4+f 2+p 2+1 1+h 3+n 1+8 1 2+6 3 4+5 1 \
    1+7 6+9 2+2 c+1l 4+s 11+1 1 2+1 1 2 6+3 1+6 1+2 1 1 2+1 1+c 1+2 2+4 1 1+5 2+9 2+3 w+1z 1+z 4+12 1+z 1+e 1+c \
    11+5h 1 5 2+ag 1+3 2+6 1 1+3 2+14 1+3 2+w 1+3 2+6 1 1+3 2+e 1+1k 1+3 2+1u 2+v 3+p 6+2d 2+5 2+ik 3+2g 7+c 1+6 b+m \
    9+j c+c 1+2 1+1 c+2l 2+9 6+9 6+e 1+9 6+2f 8+16 5+1x a+u 1+b 4+b 4 3+15 2+4 b+17 4+p 6+a 3+1p 2+1s 1+s 2+a 6+9 \
    6+d 2+e 1t+23 4+18 3+37 8+1n 3+e 3+1n 1j+7 8+12 1+1 6+6t 5+7u 2+5 2+11 2+5 2+7 1 1 1 1+u 2+1g 1+e 1+d 2+5 1+i \
    2+2 1+8 1+2s 1+b 2+q 1+c 3+u h+w f+3v 4+ha 1+12 p+a l+1eb 2+v 2+x 3+b 1+7 q+3 g+1a 1+1a 1+43 5+18 1 5 2+1j 7+1 \
    e+n 9+6 1+6 1+6 1+6 1+6 1+6 1+6 1+6 1+2s 1n+p 1+2g c+5x q+b 4+1r 1+2d 2+2u 5+14 3+2l 1+16 5+z c+1a 1+66 1+59x \
    a+g7p 16+wc 3+1i 9+9n k+53 8+4u 1+7 1r+1g 4+9 6+1j 8+1x 8+b 6+t 2+2b b+t 3+25 1+a 4+w 1+1i 9+d 2+9 2+2u o+r a+5 \
    2+5 2+5 9+6 1+6 1+1h a+3h 2+9 6+8mb c+m 4+1c 6is+a5 2+2x 12+6 c+4 5+p 1+4 1 1+1 1+1 1+3f h+a4 g+1r 2+1h 14+d 2+p \
    6+1e 1+i 1+3 4+4 1+3q 2 1+59 3+5 2+5 2+5 2+2 3+6 1+6 a+4 2+b 1+p 1+i 1+1 1+e 2+d y+3e 5+2 4+18 3+2f 1+b 4 1b+19 \
    3m+s 3+1c f+r 4+z c+q 5+16 5+t 1+10 4+d 16+4d 2+9 6+z 4+z 4+13 8+1f b 40+8m 9+l a+7 48+5 2 1+17 1+1 3 2+m 1+1z \
    8+8 1c+i 1+1 5+w 3+q 5 1s+1j 4+j 2+1d 1+1 5+7 1+2 1+q 4+2 4+8 8+8 7+1r w+12 4+b 9+1h 3+s 2+q 5+p 7+3 c+6 28+20 \
    1j+1e d+1e 7+5 9s+u ap+25 4+t f+1u e+o 7+9 6+1g 1+d c+12 9+25 2+f 1+j b+h 1+17 1t+6 1 1+3 1+e 1+a 6+1m 5+9 6+3 \
    1+7 2+1 2+l 1+6 1+1 1+4 2+8 2+1 2+2 2 6 5+6 2+6 3+4 3v+2h 1 1 y+1z 8+9 4m+1h 2+11 y+1w b+9 6+c j+1j 8+9 1i+p 3+e \
    4+f 9s+2a c cg+1k 7b+8 1+18 1+d a+s 3+v 2+l 1+d nd+pl 2u+32 1+4 b+5f 24c+tq 34h+g6 6nt+fs 7+u 1+9 4+1 2o+t 2+5 \
    a+1x a+9 1+6 1+k 5+i og+1w b+1a g+g 1s v+4q4 j+ky 7bh+1 2da+2y 5+c 3+8 7+9 2+7 3to+6t a+12 2+5b n+1x 56+2e 9+h \
    3y+2c 1+1y 1+1 2 2+1 2+3 1+b 1 1+6 1+1s 1+3 2+7 1+6 1+r 1+3 1+4 1 3+6 1+9f 2+83 2+jh f+4 1+e 11s+6 1+g 2+6 1+1 \
    1+4 1jp+5g 2+f 15+22 5+9 4+1 ww+3 1+q 1+1 1 2 1+9 1+3 1 1 6 4 1 1 1+2 1+1 1 2 1 1 1 1 1+1 1 2+3 1+6 1+3 1+3 1 \
    1+9 1+g 5+2 1+4 1+g 1g+1 7i+17 4+2r c+e 2+e 1+e 1+10 a+c 3+u 1+1n 4+1o 1l+s d+17 4+8 7+1 4u+r6 d+c 3+6 9+37 c+2c \
    17+b 4+1j 8+9 6+13 8+t 2q+e 1+7 8 2+b 1+b 4+e x+h 1a 18f+wye 15+378 b+65 2+4g1 866+f1 fher u+2n 3k+6n
    """
}

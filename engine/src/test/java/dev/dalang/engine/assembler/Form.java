package dev.dalang.engine.assembler;

import java.util.ArrayList;
import java.util.List;

/**
 * Every instruction form that the assembler should know, as the manual lists them.
 *
 * <p>Columns: encoding (vex, evex, both, or legacy) | sizes: x, y, z for vectors of 128, 256, 512 bits, d, q for general
 * registers of 32 and 64, - for none | whether the destination takes a mask (k) and zeroing (z) | operands, alternatives
 * with a slash | mnemonics.
 *
 * <p>Operands: v a vector of that size, h, q, e a half, a quarter, an eighth of it (at least 128 bits), x, y of 128, 256
 * bits; m, mh, mq, me, m8, … m512 memory of such sizes, m0 memory without a size, b32 and b64 one element broadcast, s
 * rows of tiles; r a general register of that size, r8 to r64 of another; k a mask; t a tile; i an immediate byte, I
 * one of up to 32 bits, n a number of bits.
 */
record Form(String encoding, char size, boolean mask, boolean zero, List<List<String>> operands, String mnemonic) {

    private static final String TABLE = """
            both | xyz | kz | v v/m                | vmovups vmovaps
            both | xyz | k  | m v                  | vmovups vmovaps
            both | xyz |    | m v                  | vmovntps vmovntdq
            vex  | xy  |    | v v/m                | vmovdqu vmovdqa
            vex  | xy  |    | m v                  | vmovdqu vmovdqa
            evex | xyz | kz | v v/m                | vmovdqu8 vmovdqu16 vmovdqu32 vmovdqu64 vmovdqa32 vmovdqa64
            evex | xyz | k  | m v                  | vmovdqu8 vmovdqu16 vmovdqu32 vmovdqu64 vmovdqa32 vmovdqa64
            vex  | xy  |    | v v m                | vmaskmovps vpmaskmovd
            vex  | xy  |    | m v v                | vmaskmovps vpmaskmovd
            both | x   | kz | v m32                | vmovss
            both | x   | k  | m32 v                | vmovss
            both | x   | kz | v m64                | vmovsd
            both | x   | k  | m64 v                | vmovsd
            both | x   |    | v r32/m32            | vmovd
            both | x   |    | r32/m32 v            | vmovd
            both | x   |    | v r64/m64            | vmovq
            both | x   |    | r64/m64 v            | vmovq
            both | x   |    | v v r32/m8 i         | vpinsrb
            both | x   |    | v v r32/m16 i        | vpinsrw
            both | x   |    | v v r32/m32 i        | vpinsrd
            both | x   |    | v v r64/m64 i        | vpinsrq
            both | x   |    | r32/m8 v i           | vpextrb
            both | x   |    | r32/m16 v i          | vpextrw
            both | x   |    | r32/m32 v i          | vpextrd
            both | x   |    | r64/m64 v i          | vpextrq
            both | xyz | kz | v x/m32              | vbroadcastss vpbroadcastd
            both | yz  | kz | v x/m64              | vbroadcastsd
            both | xyz | kz | v x/m64              | vpbroadcastq
            both | xyz | kz | v x/m8               | vpbroadcastb
            both | xyz | kz | v x/m16              | vpbroadcastw
            evex | xyz | kz | v r32                | vpbroadcastb vpbroadcastw vpbroadcastd
            evex | xyz | kz | v r64                | vpbroadcastq
            vex  | y   |    | v m128               | vbroadcastf128 vbroadcasti128
            evex | yz  | kz | v m128               | vbroadcastf32x4 vbroadcasti32x4
            evex | z   | kz | v m256               | vbroadcastf64x4 vbroadcasti64x4

            both | xyz | kz | v v v/m/b32          | vaddps vsubps vmulps vdivps vminps vmaxps
            both | x   | kz | v v v/m32            | vaddss vsubss vmulss vdivss vminss vmaxss vsqrtss
            both | xyz | kz | v v/m/b32            | vsqrtps
            both | xyz | kz | v v v/m/b64          | vaddpd vmulpd vsubpd vfmadd231pd
            vex  | xy  |    | v v v/m              | vhaddps
            both | xyz | kz | v v v/m/b32          | vfmadd132ps vfmadd213ps vfmadd231ps vfmsub132ps vfmsub213ps vfmsub231ps
            both | xyz | kz | v v v/m/b32          | vfnmadd132ps vfnmadd213ps vfnmadd231ps vfnmsub132ps vfnmsub213ps vfnmsub231ps
            both | x   | kz | v v v/m32            | vfmadd132ss vfmadd213ss vfmadd231ss vfmsub132ss vfmsub213ss vfmsub231ss
            both | x   | kz | v v v/m32            | vfnmadd132ss vfnmadd213ss vfnmadd231ss vfnmsub132ss vfnmsub213ss vfnmsub231ss
            both | xyz | kz | v v v/m/b32          | vandps vandnps vorps vxorps
            vex  | xy  |    | v v/m i              | vroundps
            evex | xyz | kz | v v/m/b32 i          | vrndscaleps vreduceps vgetmantps
            vex  | xy  |    | v v/m                | vrcpps vrsqrtps
            evex | xyz | kz | v v/m/b32            | vrcp14ps vrsqrt14ps vgetexpps
            evex | xyz | kz | v v v/m/b32          | vscalefps
            vex  | xy  |    | v v v/m i            | vcmpps
            evex | xyz |    | k v v/m/b32 i        | vcmpps
            vex  | xy  |    | v v v/m v            | vblendvps vpblendvb
            both | x   |    | v v/m32              | vucomiss

            both | xyz | kz | v v/m/b32            | vcvtdq2ps vcvtps2dq vcvttps2dq
            both | x   |    | v v r32/m32          | vcvtsi2ss
            both | xyz | kz | v h/mh               | vcvtph2ps
            both | xyz | kz | h/mh v i             | vcvtps2ph
            both | xyz | kz | v h/mh/b32           | vcvtps2pd
            both | xyz | kz | h v                  | vcvtpd2ps
            both | x   | kz | v v v/m32            | vcvtss2sd
            both | x   | kz | v v v/m64            | vcvtsd2ss
            evex | xyz | kz | h v                  | vcvtneps2bf16
            evex | xyz | kz | v v v/m/b32          | vcvtne2ps2bf16
            both | xyz | kz | v h/mh               | vpmovsxbw vpmovsxwd vpmovsxdq vpmovzxbw vpmovzxwd vpmovzxdq
            both | xyz | kz | v q/mq               | vpmovsxbd vpmovsxwq vpmovzxbd vpmovzxwq
            both | xyz | kz | v e/me               | vpmovsxbq vpmovzxbq
            evex | xyz | kz | h/mh v               | vpmovdw vpmovqd vpmovwb vpmovsdw vpmovswb vpmovusdw vpmovuswb
            evex | xyz | kz | q/mq v               | vpmovdb vpmovsdb vpmovusdb

            both | xyz | kz | v v v/m              | vpaddb vpaddw vpsubb vpsubw vpaddsw vpsubsw vpaddusb vpsubusb
            both | xyz | kz | v v v/m/b32          | vpaddd vpsubd vpmulld vpminsd vpminud vpmaxsd vpmaxud
            both | xyz | kz | v v v/m/b64          | vpaddq vpsubq
            vex  | xy  |    | v v v/m              | vphaddd vpsignb vpsignw vpsignd
            both | xyz |    | v v v/m              | vpsadbw
            both | xyz | kz | v v v/m              | vpmullw vpmulhw vpmulhuw vpmulhrsw vpmaddwd vpmaddubsw
            evex | xyz | kz | v v v/m/b32          | vpdpbusd vpdpbusds vpdpwssd vpdpwssds vdpbf16ps
            vex  | xy  |    | v v v/m              | vpdpbusdVex vpdpbusdsVex vpdpwssdVex vpdpwssdsVex
            both | xyz | kz | v v/m                | vpabsb vpabsw
            both | xyz | kz | v v/m/b32            | vpabsd
            both | xyz | kz | v v v/m              | vpminsb vpminsw vpminub vpminuw vpmaxsb vpmaxsw vpmaxub vpmaxuw

            vex  | xy  |    | v v v/m              | vpand vpandn vpor vpxor
            evex | xyz | kz | v v v/m/b32          | vpandd vpandnd vpord vpxord
            evex | xyz | kz | v v v/m/b64          | vpandq vpandnq vporq vpxorq
            evex | xyz | kz | v v v/m/b32 i        | vpternlogd
            evex | xyz | kz | v v v/m/b64 i        | vpternlogq
            both | xyz | kz | v v i                | vpsllw vpsrlw vpsraw vpslld vpsrld vpsrad vpsllq vpsrlq
            evex | xyz | kz | v m i                | vpsllw vpsrlw vpsraw
            evex | xyz | kz | v m/b32 i            | vpslld vpsrld vpsrad
            evex | xyz | kz | v m/b64 i            | vpsllq vpsrlq
            both | xyz |    | v v i                | vpslldq vpsrldq
            evex | xyz |    | v m i                | vpslldq vpsrldq
            evex | xyz | kz | v v/m/b32 i          | vprold vprord
            both | xyz | kz | v v x/m128           | vpsllw vpsrlw vpsraw vpslld vpsrld vpsrad vpsllq vpsrlq
            evex | xyz | kz | v v v/m              | vpsllvw vpsrlvw vpsravw
            both | xyz | kz | v v v/m/b32          | vpsllvd vpsrlvd vpsravd
            both | xyz | kz | v v v/m/b64          | vpsllvq vpsrlvq
            evex | xyz | kz | v v v/m/b64          | vpmultishiftqb
            vex  | xy  |    | v v v/m              | vpcmpeqb vpcmpeqw vpcmpeqd vpcmpeqq vpcmpgtb vpcmpgtw vpcmpgtd vpcmpgtq
            evex | xyz |    | k v v/m              | vpcmpeqb vpcmpeqw vpcmpgtb vpcmpgtw vptestmb vptestmw vptestnmb vptestnmw
            evex | xyz |    | k v v/m/b32          | vpcmpeqd vpcmpgtd vptestmd vptestnmd
            evex | xyz |    | k v v/m/b64          | vpcmpeqq vpcmpgtq
            evex | xyz |    | k v v/m i            | vpcmpb vpcmpub vpcmpw vpcmpuw
            evex | xyz |    | k v v/m/b32 i        | vpcmpd vpcmpud
            evex | xyz |    | k v v/m/b64 i        | vpcmpq vpcmpuq
            vex  | xy  |    | v v/m                | vptest

            both | xyz | kz | v v v/m              | vpshufb
            both | xyz | kz | v v/m/b32 i          | vpshufd vpermilps
            both | xyz | kz | v v/m i              | vpshuflw vpshufhw
            both | xyz | kz | v v v/m/b32 i        | vshufps
            both | xyz | kz | v v v/m/b32          | vpermilps
            both | xyz | kz | v v v/m i            | vpalignr
            evex | xyz | kz | v v v/m/b32 i        | valignd
            both | xyz | kz | v v v/m              | vpunpcklbw vpunpcklwd vpunpckhbw vpunpckhwd
            both | xyz | kz | v v v/m/b32          | vpunpckldq vpunpckhdq vunpcklps vunpckhps
            both | xyz | kz | v v v/m/b64          | vpunpcklqdq vpunpckhqdq vunpcklpd vunpckhpd
            both | xyz | kz | v v/m                | vmovshdup vmovsldup
            both | x   |    | v v v                | vmovhlps vmovlhps
            both | xyz | kz | v v v/m              | vpacksswb vpackuswb
            both | xyz | kz | v v v/m/b32          | vpackssdw vpackusdw
            both | yz  | kz | v v/m/b64 i          | vpermq
            evex | yz  | kz | v v v/m/b64          | vpermq
            both | yz  | kz | v v v/m/b32          | vpermd vpermps
            evex | xyz | kz | v v v/m              | vpermw vpermb vpermi2b vpermi2w vpermt2b vpermt2w
            evex | xyz | kz | v v v/m/b32          | vpermi2d vpermi2ps vpermt2d vpermt2ps
            vex  | y   |    | v v v/m i            | vperm2f128 vperm2i128
            vex  | y   |    | v v x/m128 i         | vinsertf128 vinserti128
            evex | yz  | kz | v v x/m128 i         | vinsertf32x4 vinserti32x4
            evex | z   | kz | v v y/m256 i         | vinsertf64x4 vinserti64x4
            vex  | y   |    | x/m128 v i           | vextractf128 vextracti128
            evex | yz  | kz | x/m128 v i           | vextractf32x4 vextracti32x4
            evex | z   | kz | y/m256 v i           | vextractf64x4 vextracti64x4
            evex | yz  | kz | v v v/m/b32 i        | vshuff32x4 vshufi32x4
            evex | yz  | kz | v v v/m/b64 i        | vshufi64x2
            vex  | xy  |    | v v v/m i            | vblendps vpblendd vpblendw
            evex | xyz | kz | v v v/m/b32          | vblendmps vpblendmd
            evex | xyz | kz | v v v/m              | vpblendmb vpblendmw

            evex | xyz |    | k v                  | vpmovb2m vpmovw2m vpmovd2m
            evex | xyz |    | v k                  | vpmovm2b vpmovm2w vpmovm2d
            vex  | xy  |    | r32 v                | vmovmskps vpmovmskb
            vex  | -   |    | k k/m8               | kmovb
            vex  | -   |    | k k/m16              | kmovw
            vex  | -   |    | k k/m32              | kmovd
            vex  | -   |    | k k/m64              | kmovq
            vex  | -   |    | m8 k                 | kmovb
            vex  | -   |    | m16 k                | kmovw
            vex  | -   |    | m32 k                | kmovd
            vex  | -   |    | m64 k                | kmovq
            vex  | -   |    | k r32                | kmovb kmovw kmovd
            vex  | -   |    | r32 k                | kmovb kmovw kmovd
            vex  | -   |    | k r64                | kmovq
            vex  | -   |    | r64 k                | kmovq
            vex  | -   |    | k k k                | kandb kandw kandd kandq kandnb kandnw kandnd kandnq korb korw kord korq
            vex  | -   |    | k k k                | kxorb kxorw kxord kxorq kxnorb kxnorw kxnord kxnorq kunpckbw kunpckwd kunpckdq
            vex  | -   |    | k k                  | knotb knotw knotd knotq kortestb kortestw kortestd kortestq
            vex  | -   |    | k k i                | kshiftlb kshiftlw kshiftld kshiftlq kshiftrb kshiftrw kshiftrd kshiftrq

            vex  | -   |    | m0                   | ldtilecfg sttilecfg
            vex  | -   |    |                      | tilerelease vzeroupper
            vex  | -   |    | t                    | tilezero
            vex  | -   |    | t s                  | tileloadd tileloaddt1
            vex  | -   |    | s t                  | tilestored
            vex  | -   |    | t t t                | tdpbf16ps tdpbssd tdpbsud tdpbusd tdpbuud

            legacy | dq |   | r r/m                | mov add or and sub xor cmp imul
            legacy | dq |   | m r                  | mov add
            legacy | dq |   | r I                  | add or and sub xor cmp test
            legacy | dq |   | r r/m I              | imul
            legacy | dq |   | r r                  | test
            legacy | dq |   | r                    | inc dec not neg
            legacy | dq |   | r n                  | shl shr sar
            legacy | dq |   | r m0                 | lea
            vex    | dq |   | r r/m r              | bzhi shlx shrx
            legacy | dq |   | r r/m                | tzcnt popcnt
            legacy | d  |   | m8 r8                | mov8
            legacy | d  |   | m16 r16              | mov16
            legacy | dq |   | r r8/m8              | movzx8 movsx8
            legacy | dq |   | r r16/m16            | movzx16 movsx16
            legacy | q  |   | r r32/m32            | movsxd
            legacy | q  |   | r                    | push pop jmp call
            legacy | -  |   | m8                   | prefetcht0 prefetcht1 prefetcht2 prefetchnta
            legacy | -  |   |                      | ret cpuid xgetbv
            """;

    /** One for each size and mnemonic. */
    static List<Form> all() {
        List<Form> forms = new ArrayList<>();
        for (String line : TABLE.split("\n")) {
            if (line.isBlank()) continue;
            String[] columns = line.split("\\|", -1);
            String masking = columns[2].strip();
            List<List<String>> operands = new ArrayList<>();
            for (String operand : columns[3].strip().split(" +")) {
                if (!operand.isEmpty()) operands.add(List.of(operand.split("/")));
            }
            for (String mnemonic : columns[4].strip().split(" +")) {
                for (char size : columns[1].strip().toCharArray()) {
                    forms.add(new Form(
                            columns[0].strip(),
                            size,
                            masking.contains("k"),
                            masking.contains("z"),
                            operands,
                            mnemonic));
                }
            }
        }
        return forms;
    }

    /** Bits of the operands that have the form's own size; 0 when there are none. */
    int bits() {
        return switch (size) {
            case 'x' -> 128;
            case 'y' -> 256;
            case 'z' -> 512;
            case 'd' -> 32;
            case 'q' -> 64;
            default -> 0;
        };
    }
}

//! The instructions of each CPython: their numbers, and the cache words behind them.

use super::marshal::Version;

macro_rules! number {
    (_) => {
        0
    };
    ($number:literal) => {
        $number
    };
}

macro_rules! instructions {
    ($($name:ident $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $i:tt $j:tt;)*) => {
        /// An instruction, by the name CPython gives it.
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names are CPython's")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Op {
            /// No instruction of this version.
            Unknown,
            $($name,)*
        }

        /// Numbers in 2.7, 3.6, 3.7, 3.8, 3.9, 3.10, 3.11, 3.12, 3.13 and 3.14; 0 where there is none.
        const NUMBERS: &[(Op, [u8; 10])] = &[
            $((Op::$name, [
                number!($a), number!($b), number!($c), number!($d), number!($e),
                number!($f), number!($g), number!($h), number!($i), number!($j),
            ]),)*
        ];
    };
}

#[rustfmt::skip]
instructions! {
    ASYNC_GEN_WRAP                         _   _   _   _   _   _  87   _   _   _;
    BEFORE_ASYNC_WITH                      _  52  52  52  52  52  52  52   1   _;
    BEFORE_WITH                            _   _   _   _   _   _  53  53   2   _;
    BEGIN_FINALLY                          _   _   _  53   _   _   _   _   _   _;
    BINARY_ADD                            23  23  23  23  23  23   _   _   _   _;
    BINARY_AND                            64  64  64  64  64  64   _   _   _   _;
    BINARY_DIVIDE                         21   _   _   _   _   _   _   _   _   _;
    BINARY_FLOOR_DIVIDE                   26  26  26  26  26  26   _   _   _   _;
    BINARY_LSHIFT                         62  62  62  62  62  62   _   _   _   _;
    BINARY_MATRIX_MULTIPLY                 _  16  16  16  16  16   _   _   _   _;
    BINARY_MODULO                         22  22  22  22  22  22   _   _   _   _;
    BINARY_MULTIPLY                       20  20  20  20  20  20   _   _   _   _;
    BINARY_OP                              _   _   _   _   _   _ 122 122  45  44;
    BINARY_OR                             66  66  66  66  66  66   _   _   _   _;
    BINARY_POWER                          19  19  19  19  19  19   _   _   _   _;
    BINARY_RSHIFT                         63  63  63  63  63  63   _   _   _   _;
    BINARY_SLICE                           _   _   _   _   _   _   _  26   4   1;
    BINARY_SUBSCR                         25  25  25  25  25  25  25  25   5   _;
    BINARY_SUBTRACT                       24  24  24  24  24  24   _   _   _   _;
    BINARY_TRUE_DIVIDE                    27  27  27  27  27  27   _   _   _   _;
    BINARY_XOR                            65  65  65  65  65  65   _   _   _   _;
    BREAK_LOOP                            80  80  80   _   _   _   _   _   _   _;
    BUILD_CLASS                           89   _   _   _   _   _   _   _   _   _;
    BUILD_CONST_KEY_MAP                    _ 156 156 156 156 156 156 156  46   _;
    BUILD_INTERPOLATION                    _   _   _   _   _   _   _   _   _  45;
    BUILD_LIST                           103 103 103 103 103 103 103 103  47  46;
    BUILD_LIST_UNPACK                      _ 149 149 149   _   _   _   _   _   _;
    BUILD_MAP                            105 105 105 105 105 105 105 105  48  47;
    BUILD_MAP_UNPACK                       _ 150 150 150   _   _   _   _   _   _;
    BUILD_MAP_UNPACK_WITH_CALL             _ 151 151 151   _   _   _   _   _   _;
    BUILD_SET                            104 104 104 104 104 104 104 104  49  48;
    BUILD_SET_UNPACK                       _ 153 153 153   _   _   _   _   _   _;
    BUILD_SLICE                          133 133 133 133 133 133 133 133  50  49;
    BUILD_STRING                           _ 157 157 157 157 157 157 157  51  50;
    BUILD_TEMPLATE                         _   _   _   _   _   _   _   _   _   2;
    BUILD_TUPLE                          102 102 102 102 102 102 102 102  52  51;
    BUILD_TUPLE_UNPACK                     _ 152 152 152   _   _   _   _   _   _;
    BUILD_TUPLE_UNPACK_WITH_CALL           _ 158 158 158   _   _   _   _   _   _;
    CALL                                   _   _   _   _   _   _ 171 171  53  52;
    CALL_FINALLY                           _   _   _ 162   _   _   _   _   _   _;
    CALL_FUNCTION                        131 131 131 131 131 131   _   _   _   _;
    CALL_FUNCTION_EX                       _ 142 142 142 142 142 142 142  54   4;
    CALL_FUNCTION_KW                     141 141 141 141 141 141   _   _   _   _;
    CALL_FUNCTION_VAR                    140   _   _   _   _   _   _   _   _   _;
    CALL_FUNCTION_VAR_KW                 142   _   _   _   _   _   _   _   _   _;
    CALL_INTRINSIC_1                       _   _   _   _   _   _   _ 173  55  53;
    CALL_INTRINSIC_2                       _   _   _   _   _   _   _ 174  56  54;
    CALL_KW                                _   _   _   _   _   _   _   _  57  55;
    CALL_METHOD                            _   _ 161 161 161 161   _   _   _   _;
    CHECK_EG_MATCH                         _   _   _   _   _   _  37  37   6   5;
    CHECK_EXC_MATCH                        _   _   _   _   _   _  36  36   7   6;
    CLEANUP_THROW                          _   _   _   _   _   _   _  55   8   7;
    COMPARE_OP                           107 107 107 107 107 107 107 107  58  56;
    CONTAINS_OP                            _   _   _   _ 118 118 118 118  59  57;
    CONTINUE_LOOP                        119 119 119   _   _   _   _   _   _   _;
    CONVERT_VALUE                          _   _   _   _   _   _   _   _  60  58;
    COPY                                   _   _   _   _   _   _ 120 120  61  59;
    COPY_DICT_WITHOUT_KEYS                 _   _   _   _   _  34   _   _   _   _;
    COPY_FREE_VARS                         _   _   _   _   _   _ 149 149  62  60;
    DELETE_ATTR                           96  96  96  96  96  96  96  96  63  61;
    DELETE_DEREF                           _ 138 138 138 138 138 139 139  64  62;
    DELETE_FAST                          126 126 126 126 126 126 126 126  65  63;
    DELETE_GLOBAL                         98  98  98  98  98  98  98  98  66  64;
    DELETE_NAME                           91  91  91  91  91  91  91  91  67  65;
    DELETE_SLICE_0                        50   _   _   _   _   _   _   _   _   _;
    DELETE_SLICE_1                        51   _   _   _   _   _   _   _   _   _;
    DELETE_SLICE_2                        52   _   _   _   _   _   _   _   _   _;
    DELETE_SLICE_3                        53   _   _   _   _   _   _   _   _   _;
    DELETE_SUBSCR                         61  61  61  61  61  61  61  61   9   8;
    DICT_MERGE                             _   _   _   _ 164 164 164 164  68  66;
    DICT_UPDATE                            _   _   _   _ 165 165 165 165  69  67;
    DUP_TOP                                4   4   4   4   4   4   _   _   _   _;
    DUP_TOPX                              99   _   _   _   _   _   _   _   _   _;
    DUP_TOP_TWO                            _   5   5   5   5   5   _   _   _   _;
    END_ASYNC_FOR                          _   _   _  54  54  54  54  54  10  68;
    END_FINALLY                           88  88  88  88   _   _   _   _   _   _;
    END_FOR                                _   _   _   _   _   _   _   4  11   9;
    END_SEND                               _   _   _   _   _   _   _   5  12  10;
    EXEC_STMT                             85   _   _   _   _   _   _   _   _   _;
    FORMAT_SIMPLE                          _   _   _   _   _   _   _   _  14  12;
    FORMAT_VALUE                           _ 155 155 155 155 155 155 155   _   _;
    FORMAT_WITH_SPEC                       _   _   _   _   _   _   _   _  15  13;
    FOR_ITER                              93  93  93  93  93  93  93  93  72  70;
    GEN_START                              _   _   _   _   _ 129   _   _   _   _;
    GET_AITER                              _  50  50  50  50  50  50  50  16  14;
    GET_ANEXT                              _  51  51  51  51  51  51  51  18  15;
    GET_AWAITABLE                          _  73  73  73  73  73 131 131  73  71;
    GET_ITER                              68  68  68  68  68  68  68  68  19  16;
    GET_LEN                                _   _   _   _   _  30  30  30  20  18;
    GET_YIELD_FROM_ITER                    _  69  69  69  69  69  69  69  21  19;
    IMPORT_FROM                          109 109 109 109 109 109 109 109  74  72;
    IMPORT_NAME                          108 108 108 108 108 108 108 108  75  73;
    IMPORT_STAR                           84  84  84  84  84  84  84   _   _   _;
    INPLACE_ADD                           55  55  55  55  55  55   _   _   _   _;
    INPLACE_AND                           77  77  77  77  77  77   _   _   _   _;
    INPLACE_DIVIDE                        58   _   _   _   _   _   _   _   _   _;
    INPLACE_FLOOR_DIVIDE                  28  28  28  28  28  28   _   _   _   _;
    INPLACE_LSHIFT                        75  75  75  75  75  75   _   _   _   _;
    INPLACE_MATRIX_MULTIPLY                _  17  17  17  17  17   _   _   _   _;
    INPLACE_MODULO                        59  59  59  59  59  59   _   _   _   _;
    INPLACE_MULTIPLY                      57  57  57  57  57  57   _   _   _   _;
    INPLACE_OR                            79  79  79  79  79  79   _   _   _   _;
    INPLACE_POWER                         67  67  67  67  67  67   _   _   _   _;
    INPLACE_RSHIFT                        76  76  76  76  76  76   _   _   _   _;
    INPLACE_SUBTRACT                      56  56  56  56  56  56   _   _   _   _;
    INPLACE_TRUE_DIVIDE                   29  29  29  29  29  29   _   _   _   _;
    INPLACE_XOR                           78  78  78  78  78  78   _   _   _   _;
    IS_OP                                  _   _   _   _ 117 117 117 117  76  74;
    JUMP_ABSOLUTE                        113 113 113 113 113 113   _   _   _   _;
    JUMP_BACKWARD                          _   _   _   _   _   _ 140 140  77  75;
    JUMP_BACKWARD_NO_INTERRUPT             _   _   _   _   _   _ 134 134  78  76;
    JUMP_FORWARD                         110 110 110 110 110 110 110 110  79  77;
    JUMP_IF_FALSE_OR_POP                 111 111 111 111 111 111 111   _   _   _;
    JUMP_IF_NOT_EXC_MATCH                  _   _   _   _ 121 121   _   _   _   _;
    JUMP_IF_TRUE_OR_POP                  112 112 112 112 112 112 112   _   _   _;
    KW_NAMES                               _   _   _   _   _   _ 172 172   _   _;
    LIST_APPEND                           94 145 145 145 145 145 145 145  80  78;
    LIST_EXTEND                            _   _   _   _ 162 162 162 162  81  79;
    LIST_TO_TUPLE                          _   _   _   _  82  82  82   _   _   _;
    LOAD_ASSERTION_ERROR                   _   _   _   _  74  74  74  74  23   _;
    LOAD_ATTR                            106 106 106 106 106 106 106 106  82  80;
    LOAD_BUILD_CLASS                       _  71  71  71  71  71  71  71  24  21;
    LOAD_CLASSDEREF                        _ 148 148 148 148 148 148   _   _   _;
    LOAD_CLOSURE                         135 135 135 135 135 135 136 136   _   _;
    LOAD_COMMON_CONSTANT                   _   _   _   _   _   _   _   _   _  81;
    LOAD_CONST                           100 100 100 100 100 100 100 100  83  82;
    LOAD_DEREF                           136 136 136 136 136 136 137 137  84  83;
    LOAD_FAST                            124 124 124 124 124 124 124 124  85  84;
    LOAD_FAST_AND_CLEAR                    _   _   _   _   _   _   _ 143  86  85;
    LOAD_FAST_BORROW                       _   _   _   _   _   _   _   _   _  86;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW      _   _   _   _   _   _   _   _   _  87;
    LOAD_FAST_CHECK                        _   _   _   _   _   _   _ 127  87  88;
    LOAD_FAST_LOAD_FAST                    _   _   _   _   _   _   _   _  88  89;
    LOAD_FROM_DICT_OR_DEREF                _   _   _   _   _   _   _ 176  89  90;
    LOAD_FROM_DICT_OR_GLOBALS              _   _   _   _   _   _   _ 175  90  91;
    LOAD_GLOBAL                          116 116 116 116 116 116 116 116  91  92;
    LOAD_LOCALS                           82   _   _   _   _   _   _  87  25  22;
    LOAD_METHOD                            _   _ 160 160 160 160 160   _   _   _;
    LOAD_NAME                            101 101 101 101 101 101 101 101  92  93;
    LOAD_SMALL_INT                         _   _   _   _   _   _   _   _   _  94;
    LOAD_SPECIAL                           _   _   _   _   _   _   _   _   _  95;
    LOAD_SUPER_ATTR                        _   _   _   _   _   _   _ 141  93  96;
    MAKE_CELL                              _   _   _   _   _   _ 135 135  94  97;
    MAKE_CLOSURE                         134   _   _   _   _   _   _   _   _   _;
    MAKE_FUNCTION                        132 132 132 132 132 132 132 132  26  23;
    MAP_ADD                              147 147 147 147 147 147 147 147  95  98;
    MATCH_CLASS                            _   _   _   _   _ 152 152 152  96  99;
    MATCH_KEYS                             _   _   _   _   _  33  33  33  27  24;
    MATCH_MAPPING                          _   _   _   _   _  31  31  31  28  25;
    MATCH_SEQUENCE                         _   _   _   _   _  32  32  32  29  26;
    NOP                                    9   9   9   9   9   9   9   9  30  27;
    NOT_TAKEN                              _   _   _   _   _   _   _   _   _  28;
    POP_BLOCK                             87  87  87  87  87  87   _   _   _   _;
    POP_EXCEPT                             _  89  89  89  89  89  89  89  31  29;
    POP_FINALLY                            _   _   _ 163   _   _   _   _   _   _;
    POP_ITER                               _   _   _   _   _   _   _   _   _  30;
    POP_JUMP_BACKWARD_IF_FALSE             _   _   _   _   _   _ 175   _   _   _;
    POP_JUMP_BACKWARD_IF_NONE              _   _   _   _   _   _ 174   _   _   _;
    POP_JUMP_BACKWARD_IF_NOT_NONE          _   _   _   _   _   _ 173   _   _   _;
    POP_JUMP_BACKWARD_IF_TRUE              _   _   _   _   _   _ 176   _   _   _;
    POP_JUMP_FORWARD_IF_FALSE              _   _   _   _   _   _ 114   _   _   _;
    POP_JUMP_FORWARD_IF_NONE               _   _   _   _   _   _ 129   _   _   _;
    POP_JUMP_FORWARD_IF_NOT_NONE           _   _   _   _   _   _ 128   _   _   _;
    POP_JUMP_FORWARD_IF_TRUE               _   _   _   _   _   _ 115   _   _   _;
    POP_JUMP_IF_FALSE                    114 114 114 114 114 114   _ 114  97 100;
    POP_JUMP_IF_NONE                       _   _   _   _   _   _   _ 129  98 101;
    POP_JUMP_IF_NOT_NONE                   _   _   _   _   _   _   _ 128  99 102;
    POP_JUMP_IF_TRUE                     115 115 115 115 115 115   _ 115 100 103;
    POP_TOP                                1   1   1   1   1   1   1   1  32  31;
    PRECALL                                _   _   _   _   _   _ 166   _   _   _;
    PREP_RERAISE_STAR                      _   _   _   _   _   _  88   _   _   _;
    PRINT_EXPR                            70  70  70  70  70  70  70   _   _   _;
    PRINT_ITEM                            71   _   _   _   _   _   _   _   _   _;
    PRINT_ITEM_TO                         73   _   _   _   _   _   _   _   _   _;
    PRINT_NEWLINE                         72   _   _   _   _   _   _   _   _   _;
    PRINT_NEWLINE_TO                      74   _   _   _   _   _   _   _   _   _;
    PUSH_EXC_INFO                          _   _   _   _   _   _  35  35  33  32;
    PUSH_NULL                              _   _   _   _   _   _   2   2  34  33;
    RAISE_VARARGS                        130 130 130 130 130 130 130 130 101 104;
    RERAISE                                _   _   _   _  48 119 119 119 102 105;
    RESUME                                 _   _   _   _   _   _ 151 151 149 128;
    RETURN_CONST                           _   _   _   _   _   _   _ 121 103   _;
    RETURN_GENERATOR                       _   _   _   _   _   _  75  75  35  34;
    RETURN_VALUE                          83  83  83  83  83  83  83  83  36  35;
    ROT_FOUR                               5   _   _   6   6   6   _   _   _   _;
    ROT_N                                  _   _   _   _   _  99   _   _   _   _;
    ROT_THREE                              3   3   3   3   3   3   _   _   _   _;
    ROT_TWO                                2   2   2   2   2   2   _   _   _   _;
    SEND                                   _   _   _   _   _   _ 123 123 104 106;
    SETUP_ANNOTATIONS                      _  85  85  85  85  85  85  85  37  36;
    SETUP_ASYNC_WITH                       _ 154 154 154 154 154   _   _   _   _;
    SETUP_EXCEPT                         121 121 121   _   _   _   _   _   _   _;
    SETUP_FINALLY                        122 122 122 122 122 122   _   _   _   _;
    SETUP_LOOP                           120 120 120   _   _   _   _   _   _   _;
    SETUP_WITH                           143 143 143 143 143 143   _   _   _   _;
    SET_ADD                              146 146 146 146 146 146 146 146 105 107;
    SET_FUNCTION_ATTRIBUTE                 _   _   _   _   _   _   _   _ 106 108;
    SET_UPDATE                             _   _   _   _ 163 163 163 163 107 109;
    SLICE_0                               30   _   _   _   _   _   _   _   _   _;
    SLICE_1                               31   _   _   _   _   _   _   _   _   _;
    SLICE_2                               32   _   _   _   _   _   _   _   _   _;
    SLICE_3                               33   _   _   _   _   _   _   _   _   _;
    STORE_ANNOTATION                       _ 127   _   _   _   _   _   _   _   _;
    STORE_ATTR                            95  95  95  95  95  95  95  95 108 110;
    STORE_DEREF                          137 137 137 137 137 137 138 138 109 111;
    STORE_FAST                           125 125 125 125 125 125 125 125 110 112;
    STORE_FAST_LOAD_FAST                   _   _   _   _   _   _   _   _ 111 113;
    STORE_FAST_STORE_FAST                  _   _   _   _   _   _   _   _ 112 114;
    STORE_GLOBAL                          97  97  97  97  97  97  97  97 113 115;
    STORE_MAP                             54   _   _   _   _   _   _   _   _   _;
    STORE_NAME                            90  90  90  90  90  90  90  90 114 116;
    STORE_SLICE                            _   _   _   _   _   _   _  27  38  37;
    STORE_SLICE_0                         40   _   _   _   _   _   _   _   _   _;
    STORE_SLICE_1                         41   _   _   _   _   _   _   _   _   _;
    STORE_SLICE_2                         42   _   _   _   _   _   _   _   _   _;
    STORE_SLICE_3                         43   _   _   _   _   _   _   _   _   _;
    STORE_SUBSCR                          60  60  60  60  60  60  60  60  39  38;
    SWAP                                   _   _   _   _   _   _  99  99 115 117;
    TO_BOOL                                _   _   _   _   _   _   _   _  40  39;
    UNARY_CONVERT                         13   _   _   _   _   _   _   _   _   _;
    UNARY_INVERT                          15  15  15  15  15  15  15  15  41  40;
    UNARY_NEGATIVE                        11  11  11  11  11  11  11  11  42  41;
    UNARY_NOT                             12  12  12  12  12  12  12  12  43  42;
    UNARY_POSITIVE                        10  10  10  10  10  10  10   _   _   _;
    UNPACK_EX                              _  94  94  94  94  94  94  94 116 118;
    UNPACK_SEQUENCE                       92  92  92  92  92  92  92  92 117 119;
    WITH_CLEANUP                          81   _   _   _   _   _   _   _   _   _;
    WITH_CLEANUP_FINISH                    _  82  82  82   _   _   _   _   _   _;
    WITH_CLEANUP_START                     _  81  81  81   _   _   _   _   _   _;
    WITH_EXCEPT_START                      _   _   _   _  49  49  49  49  44  43;
    YIELD_FROM                             _  72  72  72  72  72   _   _   _   _;
    YIELD_VALUE                           86  86  86  86  86  86  86 150 118 120;
}

/// Cache words behind an instruction, in 3.11, 3.12, 3.13 and 3.14. What is in them is not code.
const CACHES: &[(Op, [u8; 4])] = &[
    (Op::BINARY_OP, [1, 1, 1, 5]),
    (Op::BINARY_SUBSCR, [4, 1, 1, 0]),
    (Op::CALL, [4, 3, 3, 3]),
    (Op::CALL_KW, [0, 0, 0, 3]),
    (Op::COMPARE_OP, [2, 1, 1, 1]),
    (Op::CONTAINS_OP, [0, 0, 1, 1]),
    (Op::FOR_ITER, [0, 1, 1, 1]),
    (Op::JUMP_BACKWARD, [0, 0, 1, 1]),
    (Op::LOAD_ATTR, [4, 9, 9, 9]),
    (Op::LOAD_GLOBAL, [5, 4, 4, 4]),
    (Op::LOAD_METHOD, [10, 0, 0, 0]),
    (Op::LOAD_SUPER_ATTR, [0, 1, 1, 1]),
    (Op::POP_JUMP_IF_FALSE, [0, 0, 1, 1]),
    (Op::POP_JUMP_IF_NONE, [0, 0, 1, 1]),
    (Op::POP_JUMP_IF_NOT_NONE, [0, 0, 1, 1]),
    (Op::POP_JUMP_IF_TRUE, [0, 0, 1, 1]),
    (Op::PRECALL, [1, 0, 0, 0]),
    (Op::SEND, [0, 1, 1, 1]),
    (Op::STORE_ATTR, [4, 4, 4, 4]),
    (Op::STORE_SUBSCR, [1, 1, 1, 1]),
    (Op::TO_BOOL, [0, 0, 3, 3]),
    (Op::UNPACK_SEQUENCE, [1, 1, 1, 1]),
];

/// What each byte means to one version.
pub(super) struct Table {
    ops: [Op; 256],
    caches: [u8; 256],
    pub(super) extended: u8,
    /// Bytes below this take no argument; only 2.7 is shorter for it.
    pub(super) argument: u8,
    pub(super) version: Version,
}

impl Table {
    pub(super) fn of(version: Version) -> Self {
        let column = version as usize;
        let mut ops = [Op::Unknown; 256];
        let mut caches = [0; 256];
        for (op, numbers) in NUMBERS {
            let number = usize::from(numbers[column]);
            if number != 0 || *op == Op::Unknown {
                ops[number] = *op;
            }
        }
        if version >= Version::V311 {
            // A cache word that is jumped to does nothing.
            ops[0] = Op::NOP;
            for (op, words) in CACHES {
                if let Some(number) = ops.iter().position(|known| known == op) {
                    caches[number] = words[column - Version::V311 as usize];
                }
            }
        }
        let extended = match version {
            Version::V27 => 145,
            Version::V313 => 71,
            Version::V314 => 69,
            _ => 144,
        };
        Self { ops, caches, extended, argument: 90, version }
    }

    pub(super) fn op(&self, byte: u8) -> (Op, u8) {
        (self.ops[usize::from(byte)], self.caches[usize::from(byte)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_used_twice_in_a_version() {
        for column in 0..10 {
            let mut seen = std::collections::BTreeMap::new();
            for (op, numbers) in NUMBERS.iter().filter(|(_, numbers)| numbers[column] != 0) {
                assert_eq!(seen.insert(numbers[column], *op), None, "{op:?} in column {column}");
            }
            assert!(seen.len() > 90, "column {column}");
        }
    }

    #[test]
    fn numbers_that_everybody_knows() {
        for (version, byte, op) in [
            (Version::V27, 131, Op::CALL_FUNCTION),
            (Version::V36, 141, Op::CALL_FUNCTION_KW),
            (Version::V310, 161, Op::CALL_METHOD),
            (Version::V311, 171, Op::CALL),
            (Version::V312, 121, Op::RETURN_CONST),
            (Version::V313, 83, Op::LOAD_CONST),
            (Version::V314, 82, Op::LOAD_CONST),
        ] {
            assert_eq!(Table::of(version).op(byte).0, op, "{version:?}");
        }
        assert_eq!(Table::of(Version::V311).op(171).1, 4);
        assert_eq!(Table::of(Version::V310).op(0).0, Op::Unknown);
    }
}

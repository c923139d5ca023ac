// HEIC, AVIF and JPEG XL. libde265 (under libheif), which decodes what libavcodec leaves, needs a thread of its own.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kHeifFamily,
                       .walls = {.address_space_bytes = uint64_t{2} << 30, .threads = true}};

}  // namespace crossguard::examiner

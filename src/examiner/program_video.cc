// Videos: a decoder holds some sixteen frames of the largest size beside the file itself.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kVideoFamily, .walls = {.address_space_bytes = uint64_t{2} << 30}};

}  // namespace crossguard::examiner

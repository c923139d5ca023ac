// The common pictures: small libraries, the fastest start.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kPictureFamily, .walls = {}};

}  // namespace crossguard::examiner

// Archives, e-mail, PDF and office files.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kArchiveFamily, .walls = {.fetches = true}};

}  // namespace crossguard::examiner

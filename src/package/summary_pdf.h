// The PDF step: WeasyPrint (Debian package weasyprint), as one separate process for all packages of a run.
#pragma once

#include <string>

#include "env/env.h"

namespace crossguard {

extern const char* const kSummaryPdfScript;  // summary_pdf.py

// For each NAME.html in the folder writes NAME.pdf. The same page gives the same bytes. kUnavailable, naming the
// package to install, if python3 or weasyprint is missing; kUnavailable if it fails or takes longer than 60 s and 10 s
// a page.
Status MakeSummaryPdfs(Env& env, const std::string& folder);

}  // namespace crossguard

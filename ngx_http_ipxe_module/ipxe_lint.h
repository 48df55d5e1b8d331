
/*
 * Lint: what iPXE will not do as somebody meant it, found before it boots.
 */


#ifndef _IPXE_LINT_H_INCLUDED_
#define _IPXE_LINT_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


/*
 * Looks at a rendered iPXE script and calls WARN with a line number and a
 * sentence for each thing that is legal and yet hardly meant: a goto to a
 * label that is not there, "label:" for ":label", a single "|" or "&", no
 * "#!ipxe" in front, a kernel on EFI that is not told of its initrds, a
 * command that loads something and says nothing about failure.
 */
void ipxe_lint(ipxe_str_t script,
    void (*warn)(void *data, unsigned line, const char *what), void *data);


#pragma GCC visibility pop


#endif /* _IPXE_LINT_H_INCLUDED_ */

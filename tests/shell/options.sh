# -e, -u, -x, -n, and how a shell ends.
sh -ec 'false; echo never'; echo $?
sh -ec 'if false; then :; fi; false || true; ! true; false && true; echo survived; (exit 3); echo never'; echo $?
sh -ec 'f() { false; echo in; }; f || echo tested; f; echo never'; echo $?
sh -ec 'x=$(false); echo never'; echo $?
sh -ec 'while false; do :; done; until true; do :; done; echo loops'
sh -ec 'true | false; echo never'; sh -ec 'false | true; echo pipe'
sh -ec 'set +e; false; echo off'
sh -uc 'echo $nope; echo never' 2>/dev/null; echo "u $?"
sh -xc 'a=1; echo x $a; for i in 1; do :; done' 2>&1
sh -nc 'echo never'; echo "n $?"
sh -fc 'echo *'
sh -c 'exit 3'; echo $?; sh -c ''; echo $?; sh -c 'false'; echo $?
sh -c 'if' 2>/dev/null; echo "syntax $?"
sh -c 'echo ran
fi' 2>/dev/null; echo "syntax $?"
sh -c "trap 'echo bye' EXIT; exit 5"; echo $?
sh -c "trap 'echo bye; exit 9' EXIT; exit 5"; echo $?
sh -c "trap 'echo bye' 0; echo end"; sh -c "trap 'echo bye' EXIT; trap - EXIT; echo end"
sh -c "trap 'echo term' TERM; kill -TERM \$\$; echo after"
sh -c "trap '' TERM; kill -TERM \$\$; echo ignored"
sh -c 'kill -TERM $$; echo never' 2>/dev/null; echo $?
sh -c "trap 'echo int; exit 1' INT; kill -INT \$\$; echo never"; echo $?
sh -c "trap 'echo usr' USR1; kill -USR1 \$\$ & wait \$!; echo done"
sh -c "trap : USR1; (while kill -USR1 \$\$; do sleep 0.05; done) & wait \$!; [ \$? -gt 128 ] && echo interrupted; kill -9 \$!"
sh -c "trap 'echo a' EXIT; (echo sub); echo main"
sh -c "trap 'echo x' TERM; trap"
sh -c '(trap "echo sub exit" EXIT); echo main'
sh -c 'readonly a=1; a=2; echo never' 2>/dev/null; echo "ro $?"
sh -c 'x=${y?}; echo never' 2>/dev/null; echo "? $?"
sh -c 'shift 9; echo never' 2>/dev/null; echo "shift $?"
sh -c 'set -o errexit; false; echo never'; echo $?
sh -c 'echo $-' -e | tr -d 'smhBi'; echo "echo file \$1" >f; sh f one; sh -e f two; sh -s a b <<'X'
echo stdin $1 $2 $#
X
sh -c 'echo $0'; sh -c 'echo "$@"' a b c; sh /nowhere/file 2>/dev/null || echo failed
sh -c 'f() { exit 4; }; f; echo never'; echo $?
sh -c '(exit 4); exit'; echo $?
sh -c 'echo a; return 3; echo never' ; echo $?
sh -c 'for i in 1 2; do (break); echo $i; done'
sh -c 'eval "exit 6"'; echo $?
sh -c 'kill -9 $$' ; echo $?
sh -c 'x=`exit 7`; echo $?'; sh -c 'set -e; f() { return 1; }; if f; then :; fi; echo ok; f; echo never'; echo $?

# Variables, exported and not.
a=1; sh -c 'echo "[$a]"'; export a; sh -c 'echo "[$a]"'; a=2; sh -c 'echo "[$a]"'
b=3 sh -c 'echo "[$b]"'; echo "[$b]"
export c=4 d; d=5; sh -c 'echo "[$c$d]"'
unset a; sh -c 'echo "[${a-unset}]"'
readonly r=1; (r=2) 2>/dev/null; echo "readonly $? $r"; (unset r) 2>/dev/null; echo $?
A=1 B=2 sh -c 'echo $A$B'; echo "[$A$B]"
f() { echo "[$V]"; }; V=pre f; V=1; V=2 f
X=kept; X=temp true; echo $X; X=special :; echo $X
set -- a b; echo ${0##*/}; echo $# $1
set -- -x; echo $1; set -- -- y; echo $1 $2
set -a; all=exported; set +a; sh -c 'echo $all'
HOME=/some/where; echo ~ ~/x
old=$PWD; cd /; pwd; echo $PWD; cd - >/dev/null; [ "$PWD" = "$old" ] && echo back; cd "$old"
sh -c 'echo $0 $1 $#' name arg1 arg2
echo 'echo script $0 $1; exit 4' >s; sh s x; echo $?
echo 'sourced=yes; return 3; echo no' >t; . ./t; echo $? $sourced
unset sourced nothing; echo ${sourced-gone}
x=a; y=x; eval "echo \$$y"; eval z=\$$y; echo $z
_u=1; u_2=3; echo $_u $u_2
env -i sh -c 'echo ${HOME-none}' 2>/dev/null || echo none
umask 022; umask; umask 077; (umask); umask 022
PATH= ; type cd

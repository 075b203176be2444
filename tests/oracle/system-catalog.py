"""Writes src/postgres/query/system/*.tsv from a running PostgreSQL 18 that has pg_stat_statements and pg_buffercache.

Usage: tests/oracle/system-catalog.py "psql -X -h 127.0.0.1 -p 5432 -U postgres shop"
"""
import shlex
import subprocess
import sys

PSQL = shlex.split(sys.argv[1])
OUT = "src/postgres/query/system/"
def q(sql):
    return subprocess.run(PSQL+['-AtF\t','-P','null=\\N','-c',sql],check=True,capture_output=True,text=True).stdout
def table(name, cols, sql):
    body=q(sql)
    open(OUT+name+'.tsv','w').write('\t'.join(cols.split())+'\n'+body)
    print(name,len(body))
table('pg_type','oid typname typnamespace typlen typbyval typtype typcategory typispreferred typdelim typrelid typelem typarray typalign typstorage typcollation typinput typoutput',
"""select oid::int,typname,typnamespace::int,typlen,typbyval,typtype,typcategory,typispreferred,typdelim,0,typelem::int,typarray::int,typalign,typstorage,typcollation::int,typinput::text,typoutput::text from pg_type where oid<16384 and typtype in ('b','p','r','m','d') and typname !~ '^_pg_(stat|buff|shadow|roles)' and not (typcategory='A' and (select typtype from pg_type e where e.oid=pg_type.typelem)='c') order by oid""")
table('pg_proc','oid proname pronamespace prolang prokind proretset proisstrict provolatile proparallel provariadic pronargdefaults prorettype proargtypes proallargtypes proargmodes proargnames prosrc',
"""select case when oid<16384 then oid::int else 16000+row_number() over (partition by oid<16384 order by oid)::int end as o,proname,pronamespace::int,prolang::int,prokind,proretset,proisstrict,provolatile,proparallel,provariadic::int,pronargdefaults,prorettype::int,proargtypes,proallargtypes,proargmodes,proargnames,case when prolang=14 or prosrc ~ '[\\t\\n]' then proname else prosrc end from pg_proc where pronamespace in (11) or oid>=16384 and pronamespace=2200 order by 1""".replace('from pg_proc where','from pg_proc where not (2281::oid = any(proargtypes) or prorettype=2281) and '))
table('pg_operator','oid oprname oprnamespace oprkind oprcanmerge oprcanhash oprleft oprright oprresult oprcom oprnegate oprcode',
"select oid::int,oprname,11,oprkind,oprcanmerge,oprcanhash,oprleft::int,oprright::int,oprresult::int,oprcom::int,oprnegate::int,oprcode::text from pg_operator order by oid")
table('pg_cast','oid castsource casttarget castfunc castcontext castmethod',"select oid::int,castsource::int,casttarget::int,castfunc::int,castcontext,castmethod from pg_cast order by oid")
table('pg_aggregate','aggfnoid aggkind aggnumdirectargs aggtransfn aggtranstype',"select a.aggfnoid::oid::int,aggkind,aggnumdirectargs,aggtransfn::text,aggtranstype::int from pg_aggregate a order by 1")
table('pg_settings','name setting unit category short_desc extra_desc context vartype source min_val max_val enumvals boot_val reset_val',
"select name,boot_val,unit,category,replace(short_desc,E'\\n',' '),replace(extra_desc,E'\\n',' '),context,vartype,'default',min_val,max_val,enumvals,boot_val,boot_val from pg_settings order by name")
table('pg_am','oid amname amhandler amtype',"select oid::int,amname,amhandler::text,amtype from pg_am order by oid")
table('pg_opclass','oid opcmethod opcname opcnamespace opcowner opcfamily opcintype opcdefault opckeytype',"select oid::int,opcmethod::int,opcname,11,10,opcfamily::int,opcintype::int,opcdefault,opckeytype::int from pg_opclass order by oid")
table('pg_opfamily','oid opfmethod opfname opfnamespace opfowner',"select oid::int,opfmethod::int,opfname,11,10 from pg_opfamily order by oid")
table('pg_collation','oid collname collnamespace collowner collprovider collisdeterministic collencoding collcollate collctype colllocale collicurules collversion',"select oid::int,collname,11,10,collprovider,collisdeterministic,collencoding,collcollate,collctype,colllocale,collicurules,collversion from pg_collation where collprovider in ('d','c','b') order by oid")
table('pg_language','oid lanname lanowner lanispl lanpltrusted lanplcallfoid laninline lanvalidator lanacl',"select oid::int,lanname,10,lanispl,lanpltrusted,0,0,0,null from pg_language where oid<16384 order by oid")
table('pg_available_extensions','name default_version installed_version comment',"select name,default_version,null,comment from pg_available_extensions where name in ('pg_stat_statements','pg_buffercache','plpgsql','pgstattuple','pg_trgm','btree_gin','btree_gist','citext','hstore','pgcrypto','uuid-ossp','postgres_fdw','pageinspect','pg_freespacemap','pg_visibility','pgrowlocks','pg_prewarm','amcheck','auto_explain','unaccent','tablefunc','bloom','fuzzystrmatch','intarray','ltree','pg_walinspect') order by name")
table('pg_wait_events','type name description',"select type,name,replace(description,E'\\n',' ') from pg_wait_events order by type,name")
table('view_definitions','schema name definition',r"select n.nspname,c.relname,replace(pg_get_viewdef(c.oid,true),E'\n',E'\\n') from pg_class c join pg_namespace n on n.oid=c.relnamespace where relkind='v' and (nspname='pg_catalog' or relname ~ '^pg_(stat_statements|buffercache)') order by 1,2")
# relations: one line each: oid, namespace, kind, name, columns name:type[:typmod][!]
rel=q("""select case when c.oid<16384 then c.oid::int else 15900+row_number() over (partition by c.oid<16384 order by c.oid)::int end, n.nspname,c.relkind,c.relname,c.relisshared,greatest(c.relpages,0),c.reltuples::int,
(select string_agg(attname||':'||case when t.oid<16384 then format_type(atttypid,null) else 'text' end||case when atttypmod<>-1 then ':'||atttypmod else '' end||case when attnotnull then '!' else '' end,',' order by attnum) from pg_attribute a join pg_type t on t.oid=a.atttypid where a.attrelid=c.oid and attnum>0 and not attisdropped)
from pg_class c join pg_namespace n on n.oid=c.relnamespace where relkind in ('r','v') and (nspname in ('pg_catalog','information_schema') or relname ~ '^pg_') order by 1""")
open(OUT+'relations.tsv','w').write('oid\tnamespace\tkind\tname\tshared\tpages\ttuples\tcolumns\n'+rel); print('relations',len(rel))
idx=q("""select i.indexrelid::int,i.indrelid::int,ic.relname,tc.relname,ic.relisshared,ic.relpages,indisunique,indisprimary,indkey,(select string_agg(o::text,' ') from unnest(indclass) o), pg_get_indexdef(i.indexrelid) from pg_index i join pg_class ic on ic.oid=indexrelid join pg_class tc on tc.oid=indrelid where indexrelid<16384 and tc.relkind='r' order by 1""")
open(OUT+'indexes.tsv','w').write('oid\ttable_oid\tname\ttable\tshared\tpages\tunique\tprimary\tkey\topclass\tdefinition\n'+idx); print('indexes',len(idx))

-- A server that has been used for a year, made in seconds: for looking at plans, not at words.
-- Asks for the settings bench.accounts, bench.statuses, bench.follows and bench.likes. Every tenth account is ours.
-- Popularity falls as a power of the rank, as in life: the first author writes 6 % of everything.

select setseed(0.42);

create function pg_temp.flake(at timestamptz, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 16, '0') || lpad(to_hex(n), 16, '0'))::uuid
$$;
create function pg_temp.begun() returns timestamptz language sql stable as $$
    select date_trunc('day', now()) - interval '400 days'
$$;
create function pg_temp.size(what text) returns int language sql stable as $$
    select current_setting('bench.' || what)::int
$$;

-- People ---------------------------------------------------------------------------------------------------------

create temp table people as
    select n, pg_temp.flake(pg_temp.begun() + n * interval '1 second', n) as id,
           case when n % 10 <> 0 then 'host' || n % 97 || '.test' end as host
    from generate_series(1, pg_temp.size('accounts')) n;
create unique index on people (n);

insert into accounts (id, username, username_key, host, uri, url, display_name, note, created_at)
    select id, 'person' || n, 'person' || n, host, 'https://' || coalesce(host, 'bench.test') || '/users/person' || n,
           'https://' || coalesce(host, 'bench.test') || '/@person' || n, 'Person ' || n,
           '<p>' || repeat('a line about me ', n % 12) || '</p>', pg_temp.begun() + n * interval '1 second'
    from people;

insert into users (account_id, email, email_key, password_hash, confirmed_at, approved_at, last_active_at, created_at)
    select id, n || '@bench.test', n || '@bench.test', '!', now(), now(), now(), pg_temp.begun()
    from people where host is null;

-- The popular are followed by many. Person 10 follows 100, person 20 follows 2000, person 30 follows the 50 who say
-- least; the others of ours follow as it comes.
insert into follows (follower_id, followed_id, accepted, show_boosts, created_at)
    select a.id, b.id, random() > 0.02, random() > 0.03, pg_temp.begun()
    from (
        select case when random() < 0.7 then 10 * (4 + floor(random() * (pg_temp.size('accounts') / 10 - 4)))::int
                    else (1 + floor(pg_temp.size('accounts') * random()))::int end as a,
               (1 + floor(pg_temp.size('accounts') * power(random(), 2.5)))::int as b
        from generate_series(1, pg_temp.size('follows'))
    ) pairs
    join people a on a.n = pairs.a join people b on b.n = pairs.b
    where pairs.a <> pairs.b and pairs.a not in (10, 20, 30)
    on conflict do nothing;
insert into follows (follower_id, followed_id, accepted, created_at)
    select a.id, b.id, true, pg_temp.begun() from people a join people b on
        (a.n = 10 and b.n % 7 = 3 and b.n < 720) or (a.n = 20 and b.n % 2 = 1 and b.n <= 4000)
        or (a.n = 30 and b.n > pg_temp.size('accounts') - 50)
    on conflict do nothing;

-- Statuses -------------------------------------------------------------------------------------------------------

create temp table posts as
    select i, pg_temp.flake(at, i) as id, at, (1 + floor(pg_temp.size('accounts') * power(random(), 3)))::int as author,
           case when kind < 0.2 then 'boost' when kind < 0.5 then 'reply' else 'post' end as kind,
           case when seen < 0.78 then 'public' when seen < 0.9 then 'unlisted' when seen < 0.99 then 'private'
                else 'direct' end as visibility,
           i - 1 - floor(300 * power(random(), 2))::int as near, null::int as target, null::int as root
    from (
        select i, random() as kind, random() as seen,
               pg_temp.begun() + i * (interval '400 days' / pg_temp.size('statuses')) as at
        from generate_series(1, pg_temp.size('statuses')) i
    ) made;
create unique index on posts (i);
update posts set target = found.last
    from (select i, max(i) filter (where kind <> 'boost' and visibility in ('public', 'unlisted'))
              over (order by i) as last from posts) found
    where found.i = posts.near and posts.kind <> 'post' and found.last is not null;
update posts set kind = 'post' where target is null;
update posts set visibility = 'public' where kind = 'boost';

do $$
declare roots int[]; post record;
begin
    for post in select i, kind, target from posts order by i loop
        roots[post.i] := case when post.kind = 'reply' then roots[post.target] else post.i end;
    end loop;
    update posts set root = found.root from unnest(roots) with ordinality found(root, i)
        where found.i = posts.i and posts.kind <> 'boost';
end $$;

insert into threads (id, uri, created_at) overriding system value
    select distinct root, 'https://bench.test/contexts/' || root, now() from posts where root is not null;

insert into statuses (id, account_id, boost_of_id, in_reply_to_id, in_reply_to_account_id, thread_id, uri, url, local,
                      visibility, content, spoiler_text, language, tags, media_count, mentions_count, created_at)
    select posts.id, author.id, case when kind = 'boost' then other.id end, case when kind = 'reply' then other.id end,
           case when kind = 'reply' then other.author_id end, posts.root,
           'https://' || coalesce(author.host, 'bench.test') || '/objects/' || posts.i, null, author.host is null,
           visibility, case when kind = 'boost' then '' else
               '<p>' || repeat('some words as people say them ', 3 + floor(8 * random())::int) || '</p>' end,
           case when random() < 0.05 then 'about things' else '' end, 'en', '{}', 0, 0, posts.at
    from posts join people author on author.n = posts.author
    left join lateral (
        select target.id, person.id as author_id
        from posts target join people person on person.n = target.author where target.i = posts.target
    ) other on true
    order by posts.i
    on conflict do nothing;

insert into mentions (status_id, account_id)
    select id, in_reply_to_account_id from statuses where in_reply_to_account_id is not null
    union
    select posts.id, people.id
    from posts join people on people.n = 1 + floor(pg_temp.size('accounts') * power(posts.i * 0.618 % 1, 2.5))::int
    where kind = 'post' and (posts.i % 8 = 0 or visibility = 'direct')
    on conflict do nothing;
update statuses set mentions_count = found.n
    from (select status_id, count(*) as n from mentions group by status_id) found where found.status_id = statuses.id;

insert into status_tags (tag, status_id)
    select 'tag' || floor(300 * power(random(), 3)), id from statuses
    where boost_of_id is null and random() < 0.3 on conflict do nothing;
update statuses set tags = array[tag] from status_tags where status_id = statuses.id;

insert into media (account_id, status_id, kind, mime, path, created_at)
    select account_id, id, 'image', 'image/jpeg', 'aa/bb/' || id || '.jpg', created_at from statuses
    where boost_of_id is null and random() < 0.12;
update statuses set media_count = 1 from media where media.status_id = statuses.id;

-- What people do with them ---------------------------------------------------------------------------------------

insert into likes (account_id, status_id, created_at)
    select people.id, posts.id, posts.at + interval '1 hour'
    from (
        select (1 + floor(pg_temp.size('accounts') * power(random(), 2)))::int as n,
               (1 + floor(pg_temp.size('statuses') * random()))::int as i
        from generate_series(1, pg_temp.size('likes'))
    ) pairs
    join people on people.n = pairs.n join posts on posts.i = pairs.i and posts.kind <> 'boost'
    join statuses on statuses.id = posts.id
    on conflict do nothing;
update statuses set likes_count = found.n
    from (select status_id, count(*) as n from likes group by status_id) found where found.status_id = statuses.id;
insert into bookmarks (account_id, status_id, created_at)
    select account_id, status_id, created_at from likes where random() < 0.02 on conflict do nothing;

insert into notifications (account_id, from_account_id, kind, status_id, read_at, created_at)
    select account_id, from_id, kind, status_id, case when at < now() - interval '20 days' then at end, at
    from (
        select mentions.account_id, s.account_id as from_id, 'mention' as kind, s.id as status_id, s.created_at as at
        from mentions join statuses s on s.id = status_id
        union all
        select s.account_id, likes.account_id, 'favourite', s.id, likes.created_at
        from likes join statuses s on s.id = status_id
        union all
        select o.account_id, s.account_id, 'reblog', o.id, s.created_at
        from statuses s join statuses o on o.id = s.boost_of_id
    ) told
    join users using (account_id) where from_id <> account_id order by at
    on conflict do nothing;

insert into blocks (blocker_id, blocked_id, created_at)
    select a.id, b.id, now() from generate_series(1, pg_temp.size('accounts') / 2) i
    join people a on a.n = 1 + (i * 37) % pg_temp.size('accounts')
    join people b on b.n = 1 + (i * 101) % pg_temp.size('accounts') where a.n <> b.n on conflict do nothing;
insert into mutes (muter_id, muted_id, created_at)
    select a.id, b.id, now() from generate_series(1, pg_temp.size('accounts') / 2) i
    join people a on a.n = 10 * (1 + i % (pg_temp.size('accounts') / 10))
    join people b on b.n = 1 + (i * 211) % pg_temp.size('accounts') where a.n <> b.n on conflict do nothing;
insert into domain_blocks (account_id, host, created_at)
    select id, 'host' || n % 89 || '.test', now() from people where host is null and n % 30 = 0;
insert into thread_mutes (account_id, thread_id, created_at)
    select people.id, threads.id, now() from people join threads on threads.id % 997 = people.n % 997
    where people.host is null and people.n % 50 = 0 on conflict do nothing;

update accounts set statuses_count = found.n, last_status_at = found.last
    from (select account_id, count(*) as n, max(created_at) as last from statuses group by account_id) found
    where found.account_id = accounts.id;
update accounts set followers_count = found.n
    from (select followed_id, count(*) as n from follows where accepted group by followed_id) found
    where found.followed_id = accounts.id;

-- The feeds of the active: every fifth of ours, and the three above.
create temp table readers as
    select id from people where host is null and (n % 50 = 0 or n <= 30);
insert into home_feed (account_id, status_id)
    select readers.id, newest.id from readers cross join lateral (
        select theirs.id from (
            select s.id from follows cross join lateral (
                select id from statuses where account_id = follows.followed_id order by id desc limit 800
            ) s where follows.follower_id = readers.id and follows.accepted
            union all
            (select id from statuses where account_id = readers.id order by id desc limit 800)
        ) theirs order by id desc limit 800
    ) newest
    on conflict do nothing;
update users set feed_built_at = now() - interval '1 day', feed_floor = (
        select status_id from home_feed where home_feed.account_id = users.account_id
        order by status_id desc offset 799 limit 1
    )
    where account_id in (select id from readers);

-- Lists of person 10, of 500 and of 2,000 members from all ranks; and hashtags that person 30 follows.
with made as (
    insert into lists (account_id, title, created_at)
    select id, 'members ' || size, now() from people cross join unnest(array[500, 2000]) size where n = 10
    returning id, title
)
insert into list_accounts (list_id, account_id)
    select made.id, people.id from made join people
        on people.n % greatest(pg_temp.size('accounts') / split_part(made.title, ' ', 2)::int, 1) = 1;
insert into followed_tags (account_id, tag, created_at)
    select id, 'tag' || 20 * tag, now() from people cross join generate_series(1, 10) tag where n = 30;

-- Words, of a vocabulary that falls off as in life: word0 is in most statuses, word20000 in next to none.
insert into status_words (status_id, words, has_link)
    select id, (
        select array_to_tsvector(array_agg(distinct 'word' || floor(50000 * power(random(), 5))::int))
        from generate_series(1, 25) where statuses.id is not null
    ), random() < 0.2
    from statuses where boost_of_id is null;

-- Direct messages, as their readers keep them.
insert into direct_feed (account_id, status_id)
    select people.account_id, statuses.id
    from statuses cross join lateral (
        select statuses.account_id union select account_id from mentions where status_id = statuses.id
    ) people
    join users on users.account_id = people.account_id
    where visibility = 'direct';
insert into participations (account_id, thread_id, last_status_id, unread, recipients)
    select distinct on (kept.account_id, thread_id) kept.account_id, thread_id, id, random() < 0.3,
           array[kept.account_id, statuses.account_id]
    from direct_feed kept join statuses on statuses.id = kept.status_id
    order by kept.account_id, thread_id, id desc;

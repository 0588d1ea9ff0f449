-- Which revisions the content of a campaign or a template went through. The rows of content_revision stay as they are.
create table content_history (
    account_id bigint not null,
    -- A campaign or a template.
    owner_id bigint not null,
    revision_id bigint not null,
    subject text not null,
    size_bytes bigint not null,
    -- When the first of the savings that are one revision was made, and the last.
    started_at bigint not null,
    saved_at bigint not null,
    saved_by text not null,
    restored_from bigint,
    primary key (account_id, owner_id, revision_id)
) without rowid;
create index content_history_revision on content_history (account_id, revision_id);
create index campaign_revision on campaign (account_id, revision_id);

create table template (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    name_folded text not null,
    category text,
    subject text not null,
    revision_id bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    created_by text not null
);
create index template_newest on template (account_id, id);
